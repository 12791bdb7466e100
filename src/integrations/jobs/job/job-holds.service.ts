import { Inject, Injectable } from '@nestjs/common';
import { type Config, CONFIG } from '../../../config/config.js';
import { isHeld } from '../../../rooms/room/room-steps.js';
import { Deadlines } from '../../../transitions/deadlines/deadlines.service.js';
import type { Move } from '../../../transitions/machine/machine.js';
import { Machines } from '../../../transitions/machine/machines.js';
import { Authority } from '../../../transitions/machine/subject.js';
import { Job, JobStatus } from './job.entity.js';
import { jobMachine } from './job.machine.js';

const COMPLETE = 'event:complete';

/** A job is not completed as long as anything in its room is in dispute; afterwards the time to object begins anew. */
@Injectable()
export class JobHolds {
  constructor(
    machines: Machines,
    private readonly deadlines: Deadlines,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    machines.observe('dispute', (move) => this.follow(move));
  }

  /** The dispute has held or freed its room already, in this transaction. */
  private async follow({ manager, subject, at }: Move): Promise<void> {
    const job = await manager.findOneBy(Job, { roomId: subject.roomId });
    const held = await isHeld(manager, subject.roomId);
    if (!job || job.isHeld === held) return;
    await manager.update(Job, { id: job.id }, { isHeld: held });
    const about = { roomId: job.roomId, aggregate: jobMachine.name, id: job.id };
    if (held) await this.deadlines.drop(manager, about, (task) => task === COMPLETE);
    else if (job.status === JobStatus.SUBMITTED && job.authority === Authority.PARLEY) {
      await this.deadlines.set(manager, about, COMPLETE, new Date(at.getTime() + this.config.jobCompleteMs));
    }
  }
}
