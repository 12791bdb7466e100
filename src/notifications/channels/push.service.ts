import { Injectable, Logger } from '@nestjs/common';
import { type Answer, outcomeOf } from '../../integrations/webhooks/endpoint/retry-plan.js';
import { type Device, DeviceKind } from '../devices/device.entity.js';
import { Devices } from '../devices/devices.service.js';
import { Fcm } from './fcm.service.js';
import type { PushMessage } from './push-message.js';
import { WebPush } from './web-push.service.js';

/** What has become of messages: the tags of those that arrived, and the last answer that lets one hope. */
export interface Pushed {
  arrived: Set<string>;
  retry: Answer | null;
}

/** Brings messages to all devices of a person. */
@Injectable()
export class Push {
  private readonly log = new Logger('Notifications');

  constructor(
    private readonly devices: Devices,
    private readonly webPush: WebPush,
    private readonly fcm: Fcm,
  ) {}

  /** To each device one after the other, in order; a device that does not answer is not asked again. Never throws. */
  async send(userId: string, messages: readonly PushMessage[], stop: AbortSignal): Promise<Pushed> {
    const pushed: Pushed = { arrived: new Set(), retry: null };
    await Promise.all((await this.devices.reachable(userId)).map((device) => this.bring(device, messages, pushed, stop)));
    return pushed;
  }

  private async bring(device: Device, messages: readonly PushMessage[], pushed: Pushed, stop: AbortSignal): Promise<void> {
    for (const message of messages) {
      // A browser has to show something for whatever it is sent.
      if (message.type === 'READ' && device.kind === DeviceKind.WEB) continue;
      const answer = await this.call(device, message, stop);
      const outcome = outcomeOf(answer);
      if (outcome === 'DELIVERED') pushed.arrived.add(message.tag);
      else if (outcome === 'GONE') return this.devices.forget(device);
      else if (outcome === 'RETRY') {
        pushed.retry = answer;
        return;
      }
    }
  }

  /** Keys that are none, and the like: what is wrong with one device is not to keep the others waiting, nor to be told there again. */
  private async call(device: Device, message: PushMessage, stop: AbortSignal): Promise<Answer> {
    try {
      return await (device.kind === DeviceKind.WEB ? this.webPush : this.fcm).send(device, message, stop);
    } catch (error) {
      this.log.warn(`A device could not be called: ${String(error)}`);
      return { code: null, ms: 0, text: '', retryAfter: null };
    }
  }
}
