import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { badInput, ParleyError } from '../../common/errors/errors.js';
import { newId, isId } from '../../common/values/ids.js';
import { type Config, CONFIG } from '../../config/config.js';
import { run } from '../../database/sql.js';
import { Outbound } from '../../integrations/webhooks/endpoint/outbound.service.js';
import { Device, DeviceKind } from './device.entity.js';
import type { RegisterDeviceInput } from './devices.inputs.js';

/** The one that was registered longest ago makes room for another. */
const MAX_DEVICES = 20;

const REGISTER = {
  name: 'register_device',
  text: `
with surplus as (
  delete from devices where id in (
    select id from devices where user_id = $2 and address <> $4 order by registered_at desc, id desc offset ${MAX_DEVICES - 1})
)
insert into devices (id, user_id, kind, address, p256dh, auth, label, registered_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (address) do update set id = case when devices.user_id = excluded.user_id then devices.id else excluded.id end,
  user_id = excluded.user_id, kind = excluded.kind, p256dh = excluded.p256dh, auth = excluded.auth,
  label = excluded.label, registered_at = excluded.registered_at
returning id`,
};

/** Where people are reached when they do not look. */
@Injectable()
export class Devices {
  constructor(
    private readonly dataSource: DataSource,
    private readonly outbound: Outbound,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  private get all() {
    return this.dataSource.getRepository(Device);
  }

  /** Newest first. */
  of(userId: string): Promise<Device[]> {
    return this.all.find({ where: { userId }, order: { registeredAt: 'DESC', id: 'DESC' } });
  }

  /** Without those of a kind that was set up here once, and is not any more. */
  async reachable(userId: string): Promise<Device[]> {
    return (await this.of(userId)).filter(({ kind }) => this.isReached(kind));
  }

  private isReached(kind: DeviceKind): boolean {
    return (kind === DeviceKind.WEB ? this.config.webPush : this.config.fcm) !== null;
  }

  /** Idempotent by the address. @throws BAD_USER_INPUT, UNAVAILABLE where this installation does not reach such devices */
  async register(userId: string, { subscription, fcmToken, label = null }: RegisterDeviceInput): Promise<Device> {
    if (!subscription === !fcmToken) throw badInput('subscription', 'give subscription or fcmToken, one of the two');
    const kind = subscription ? DeviceKind.WEB : DeviceKind.FCM;
    if (!this.isReached(kind)) {
      throw new ParleyError('UNAVAILABLE', `Devices of kind ${kind} are not reached from here`);
    }
    if (subscription) await this.outbound.check(subscription.endpoint, 'endpoint');
    const address = subscription?.endpoint ?? fcmToken!;
    const { p256dh = null, auth = null } = subscription?.keys ?? {};
    const registeredAt = this.clock.now();
    const values = [newId(), userId, kind, address, p256dh, auth, label, registeredAt];
    const [row] = (await run<{ id: string }>(this.dataSource, REGISTER, values)) as [{ id: string }];
    return this.all.create({ id: row.id, userId, kind, address, p256dh, auth, label, registeredAt });
  }

  /** Idempotent: false where I have none of that id. */
  async remove(userId: string, deviceId: string): Promise<boolean> {
    if (!isId(deviceId)) return false;
    return (await this.all.delete({ id: deviceId, userId })).affected === 1;
  }

  /** Its address is none any more. Only as long as it is the one that was called. */
  async forget({ id, address }: Device): Promise<void> {
    await this.all.delete({ id, address });
  }
}
