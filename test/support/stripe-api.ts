import http from 'node:http';
import Stripe from 'stripe';
import { close, listen, urlOf } from './loopback.js';

type Intent = Record<string, unknown> & { id: string; status: string; amount: number };

/** What Stripe's API does with intents and refunds, as far as payments need it: in memory, on a port of its own. */
export class StripeApi {
  readonly intents = new Map<string, Intent>();
  readonly refunds = new Map<string, Record<string, unknown>>();
  readonly calls: { path: string; key: string | undefined }[] = [];
  /** So many calls fail before one is answered. */
  failures = 0;
  /** So many answers are lost after the call was carried out. */
  lost = 0;
  /** Calls are carried out and never answered, as long as it is so. */
  hangs = false;
  private readonly answered = new Map<string, unknown>();
  private readonly server = http.createServer((request, response) => void this.serve(request, response));
  private count = 0;

  static async start(): Promise<StripeApi> {
    const api = new StripeApi();
    await listen(api.server);
    return api;
  }

  /** What Stripe does with keys after a day. */
  forgetKeys(): void {
    this.answered.clear();
  }

  get url(): string {
    return urlOf(this.server);
  }

  stop(): Promise<void> {
    return close(this.server);
  }

  /** An event as Stripe would send it: its body, and the header that signs it. */
  event(type: string, object: object, { secret, created = 1, at }: { secret: string; created?: number; at?: number }) {
    const base = Math.floor(Date.now() / 1_000);
    const body = JSON.stringify({ id: `evt_${++this.count}`, object: 'event', type, created: base + created, data: { object } });
    const timestamp = at ?? base;
    return { body, signature: Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp }) };
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const key = request.headers['idempotency-key'] as string | undefined;
    let text = '';
    for await (const chunk of request) text += String(chunk);
    this.calls.push({ path, key });
    const send = (code: number, body: unknown) =>
      void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (this.failures > 0) {
      this.failures--;
      return send(500, { error: { type: 'api_error', message: 'try again' } });
    }
    const known = key === undefined ? undefined : this.answered.get(key);
    const answer = known ?? this.answer(request.method ?? '', path, new URLSearchParams(text));
    if (key !== undefined) this.answered.set(key, answer);
    if (this.lost > 0) {
      this.lost--;
      return void request.socket.destroy();
    }
    if (this.hangs) return;
    send('error' in (answer as object) ? 400 : 200, answer);
  }

  private answer(method: string, path: string, form: URLSearchParams): unknown {
    const [, id = '', action] = /^\/v1\/payment_intents\/(\w+)\/?(\w*)$/.exec(path) ?? [];
    const intent = this.intents.get(id);
    if (path === '/v1/payment_intents') return this.create(form);
    if (path.startsWith('/v1/refunds')) return method === 'GET' ? this.refundsOf(path) : this.refund(form);
    if (!intent) return { error: { type: 'invalid_request_error', code: 'resource_missing', message: 'no such intent' } };
    const wrong = { error: { type: 'invalid_request_error', code: 'payment_intent_unexpected_state', message: 'not now' } };
    if (action === 'capture') {
      if (intent.status !== 'requires_capture') return wrong;
      return Object.assign(intent, { status: 'succeeded', amount_received: Number(form.get('amount_to_capture')) });
    }
    if (action === 'cancel')
      return ['succeeded', 'canceled'].includes(intent.status) ? wrong : Object.assign(intent, { status: 'canceled' });
    return method === 'GET' ? intent : wrong;
  }

  private create(form: URLSearchParams): Intent {
    const id = `pi_${++this.count}`;
    const intent = {
      ...{ id, object: 'payment_intent', status: 'requires_payment_method', amount: Number(form.get('amount')), amount_received: 0 },
      ...{ currency: form.get('currency'), capture_method: form.get('capture_method'), client_secret: `${id}_secret_hush` },
      ...{ metadata: { parley_payment: form.get('metadata[parley_payment]') }, last_payment_error: null },
    };
    this.intents.set(id, intent);
    return intent;
  }

  private refund(form: URLSearchParams): unknown {
    const metadata = { parley_payment: form.get('metadata[parley_payment]'), parley_refund: form.get('metadata[parley_refund]') };
    const own = { id: `re_${++this.count}`, object: 'refund', status: 'pending', amount: Number(form.get('amount')), metadata };
    const ref = form.get('payment_intent') ?? '';
    const refund = { ...own, payment_intent: ref, currency: this.intents.get(ref)?.['currency'] };
    this.refunds.set(own.id, refund);
    return refund;
  }

  private refundsOf(path: string): object {
    const intent = new URL(path, this.url).searchParams.get('payment_intent');
    const data = [...this.refunds.values()].filter((refund) => refund['payment_intent'] === intent);
    return { object: 'list', url: '/v1/refunds', has_more: false, data };
  }
}
