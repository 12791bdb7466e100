import type { Effect, Move } from '../../../transitions/machine/machine.js';
import { holdRoom, releaseRoom } from '../../../rooms/room/room-steps.js';
import { liftFunds } from '../../payments/settlement/decisions.js';
import { seal } from '../evidence/bundle.js';
import type { Dispute } from '../dispute/dispute.entity.js';
import { handIn } from '../evidence/hand-in.js';
import { letIn, showOut } from './mediators.js';
import { holdMoney, payOut } from './money.js';

type DisputeEffect = Effect<Dispute>;

/** A step of the dispute itself that follows by itself, where it is ours to move. */
async function follow(move: Move<Dispute>, event: string): Promise<void> {
  if (move.subject.authority === 'PARLEY') await move.fire(move.machine, move.subject.id, { event });
}

export const KEEP: DisputeEffect = {
  says: 'nothing in the room is deleted, its funds are held, its order or job does not complete by itself',
  run: async (move) => {
    await holdRoom(move.manager, move.subject.roomId);
    await holdMoney(move);
  },
};

export const LET_GO: DisputeEffect = {
  says: 'the room, its funds and its order or job are free again; the mediator leaves',
  run: async (move) => {
    await releaseRoom(move.manager, move.subject.roomId);
    await liftFunds(move);
    await showOut(move, 'the dispute is over');
  },
};

export const NOTIFY: DisputeEffect = { says: '`notify` follows', run: (move) => follow(move, 'notify') };

export const CLOSE_AGREED: DisputeEffect = { says: '`close` follows', run: (move) => follow(move, 'close') };

export const TAKE_EVIDENCE: DisputeEffect = { says: 'what is handed in is copied, with its hash', run: handIn };

export const BRING_MEDIATOR: DisputeEffect = { says: 'the mediator gets a seat for some days', run: letIn };

export const END_ACCESS: DisputeEffect = {
  says: 'the mediator leaves',
  run: (move) => showOut({ ...move, subject: move.before as Dispute }, 'their time as a mediator is over'),
};

export const PAY_OUT: DisputeEffect = {
  says: 'the money goes where it was decided; `fall_short` follows where not all of it does',
  run: payOut,
};

export const SEAL: DisputeEffect = { says: 'the bundle is sealed', run: seal };
