import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Bus, recoveredTopic, type Topic } from '../../../live/bus/bus.js';
import { WebhookEndpoint, WebhookMode, WebhookStatus } from './webhook-endpoint.entity.js';

/** Said after each change of an endpoint. */
const endpointsTopic: Topic<null> = { name: 'webhookEndpoints' };

/** Among several nodes Redis may lose the word. */
const REFRESH_MS = 10_000;

/** The endpoints as this node knows them, so that where there are none nothing is asked and nothing is done. */
@Injectable()
export class ActiveEndpoints implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('Webhooks');
  private endpoints: readonly WebhookEndpoint[] = [];
  private timer: NodeJS.Timeout | undefined;
  private reading = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly bus: Bus,
  ) {}

  async onModuleInit(): Promise<void> {
    for (const topic of [endpointsTopic, recoveredTopic]) await this.bus.subscribe(topic, () => void this.refresh());
    if (!this.bus.isAlone) this.timer = setInterval(() => void this.refresh(), REFRESH_MS).unref();
    await this.refresh();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** That are called now, oldest first. */
  of(mode: WebhookMode): WebhookEndpoint[] {
    return this.endpoints.filter((endpoint) => endpoint.mode === mode);
  }

  /** After the commit of a change. This node knows it when it returns. */
  async changed(): Promise<void> {
    await this.refresh();
    this.bus.publish(endpointsTopic, null);
  }

  /** One after the other, so that no answer is overtaken by an older one. */
  private refresh(): Promise<void> {
    this.reading = this.reading.then(async () => {
      try {
        const active = { status: WebhookStatus.ACTIVE };
        this.endpoints = await this.dataSource.getRepository(WebhookEndpoint).find({ where: active, order: { id: 'ASC' } });
      } catch (error) {
        this.log.warn(`The endpoints could not be read: ${String(error)}`);
      }
    });
    return this.reading;
  }
}
