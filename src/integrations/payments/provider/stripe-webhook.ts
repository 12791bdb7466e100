import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Counter } from 'prom-client';
import { ParleyError } from '../../../common/errors.js';
import { type RawAnswer, type RawPost, takeRawPosts } from '../../../common/raw-posts.js';
import { ProviderEvents } from './provider-events.service.js';
import { Providers } from './providers.service.js';

const PATH = '/webhooks/stripe';
const MAX_BYTES = 256 * 1024;

const refused = new Counter({
  name: 'parley_provider_events_refused_total',
  help: 'Events of payment providers without a valid signature',
  labelNames: ['provider'] as const,
});

/** Where Stripe tells what became of payments. What is not signed leaves no trace but a number. */
@Injectable()
export class StripeWebhook implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly providers: Providers,
    private readonly events: ProviderEvents,
  ) {}

  onModuleInit(): void {
    const { stripe } = this.providers;
    if (!stripe) return;
    const receive = async ({ headers, body }: RawPost): Promise<RawAnswer> => {
      const signature = headers['stripe-signature'];
      const event = typeof signature === 'string' ? stripe.read(body, signature) : null;
      if (!event) {
        refused.inc({ provider: stripe.name });
        throw new ParleyError('UNAUTHENTICATED', 'The signature is not valid');
      }
      await this.events.receive(stripe.name, event);
      return { status: 202, body: { received: true } };
    };
    takeRawPosts(this.host.httpAdapter.getInstance<FastifyInstance>(), PATH, MAX_BYTES, receive);
  }
}
