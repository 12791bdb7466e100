import { timingSafeEqual } from 'node:crypto';
import { Body, Controller, HttpCode, NotFoundException, Post } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isId } from '../../../common/values/ids.js';
import { Payment } from '../payment/payment.entity.js';
import { ProviderCalls } from './provider-calls.service.js';
import { orderOf, Providers } from './providers.service.js';

const SECRET = /^sandbox_pi_([0-9a-f-]{36})_secret_/;

/** The bank's page of the sandbox: who has the client secret confirms or refuses a payment that needs it. Not there in production. */
@Controller('payments/sandbox')
export class SandboxController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly providers: Providers,
    private readonly calls: ProviderCalls,
  ) {}

  @Post('confirm')
  @HttpCode(202)
  async confirm(@Body() body: { clientSecret?: unknown; isApproved?: unknown } | null): Promise<{ received: true }> {
    const { sandbox } = this.providers;
    const payment = sandbox && (await this.paymentWith(body?.clientSecret));
    if (!payment) throw new NotFoundException();
    await this.calls.record(payment, await sandbox.confirm(orderOf(payment), body?.isApproved !== false));
    return { received: true };
  }

  private async paymentWith(secret: unknown): Promise<Payment | null> {
    const [, id] = (typeof secret === 'string' && SECRET.exec(secret)) || [];
    if (!isId(id)) return null;
    const payment = await this.dataSource.manager.findOneBy(Payment, { id, provider: 'sandbox' });
    const [known, given] = [Buffer.from(payment?.clientSecret ?? ''), Buffer.from(secret as string)];
    return known.length === given.length && timingSafeEqual(known, given) ? payment : null;
  }
}
