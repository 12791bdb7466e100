import { Inject, Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { badInput, notFound, ParleyError } from '../../common/errors/errors.js';
import { isId, newId } from '../../common/values/ids.js';
import { newSecret, seal } from '../../common/sealed.js';
import { type Config, CONFIG } from '../../config/config.js';
import type { CreateIntegrationInput, RotateIntegrationSecretInput, UpdateIntegrationInput } from './inbound.inputs.js';
import { type InboundSecret, Integration, IntegrationKind } from './receiving/integration.entity.js';
import { secretsAt } from './receiving/signatures.js';

const MAX_INTEGRATIONS = 100;
const MAX_SECRETS = 5;
const HOUR_MS = 60 * 60_000;

/** What a system of this kind is about, where nobody says what it may send. */
const SCOPES: Record<IntegrationKind, string[]> = {
  HOST: ['*'],
  ORDERS: ['order.*'],
  DELIVERIES: ['delivery.*'],
  PAYMENTS: ['payment.*', 'refund.*', 'chargeback.*', 'escrow.*'],
  JOBS: ['job.*', 'job_offer.*'],
  APPOINTMENTS: ['appointment.*'],
  STUDIES: ['study.*'],
};

/** An integration with the secret that nobody is told again. */
export interface WithSecret {
  integration: Integration;
  secret: string;
}

/** The systems that may send us events. */
@Injectable()
export class Integrations {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  all(): Promise<Integration[]> {
    return this.dataSource.getRepository(Integration).find({ order: { id: 'ASC' } });
  }

  /** @throws BAD_USER_INPUT, CONFLICT (too many), UNAVAILABLE (no SECRETS_KEY) */
  async create(createdBy: string, input: CreateIntegrationInput): Promise<WithSecret> {
    const { kind, name, scheme, scopes, allowedAddresses = null, clockTolerance } = input;
    checkAddresses(allowedAddresses);
    const id = newId();
    const { secret, entry } = this.newSecret(id);
    const repository = this.dataSource.getRepository(Integration);
    if ((await repository.count()) >= MAX_INTEGRATIONS)
      throw new ParleyError('CONFLICT', `There are ${MAX_INTEGRATIONS} integrations already`);
    const about = { id, kind, name, scheme, clockTolerance, allowedAddresses, createdBy };
    await repository.insert({ ...about, scopes: scopes ?? SCOPES[kind], secrets: [entry], createdAt: this.clock.now() });
    return { integration: await this.one(id), secret };
  }

  /** @throws NOT_FOUND, BAD_USER_INPUT */
  async update({ integrationId, ...input }: UpdateIntegrationInput): Promise<Integration> {
    const { name, scopes, allowedAddresses, clockTolerance, isActive } = input;
    await this.one(integrationId);
    checkAddresses(allowedAddresses ?? null);
    const changes: Partial<Integration> = {
      ...(name != null && { name }),
      ...(scopes != null && { scopes }),
      ...(allowedAddresses !== undefined && { allowedAddresses }),
      ...(clockTolerance != null && { clockTolerance }),
      ...(isActive != null && { isActive }),
    };
    if (Object.keys(changes).length > 0) await this.dataSource.getRepository(Integration).update(integrationId, changes);
    return this.one(integrationId);
  }

  /** The earlier secrets verify for a while. @throws NOT_FOUND, CONFLICT when five do already */
  async rotate({ integrationId, overlapHours }: RotateIntegrationSecretInput): Promise<WithSecret> {
    if (!isId(integrationId)) throw notFound();
    const now = this.clock.now();
    const end = new Date(now.getTime() + overlapHours * HOUR_MS);
    const { secret, entry } = this.newSecret(integrationId);
    await this.dataSource.transaction(async (manager) => {
      const integration = await manager.findOne(Integration, { where: { id: integrationId }, lock: { mode: 'pessimistic_write' } });
      if (!integration) throw notFound();
      const earlier = secretsAt(integration.secrets, now).map((each) => {
        const endsSooner = each.notAfter !== null && new Date(each.notAfter) < end;
        return { ...each, notAfter: endsSooner ? each.notAfter : end.toISOString() };
      });
      const secrets = [entry, ...secretsAt(earlier, now)];
      if (secrets.length > MAX_SECRETS)
        throw new ParleyError('CONFLICT', `${MAX_SECRETS} secrets verify already: let one of them end first`);
      await manager.update(Integration, integrationId, { secrets });
    });
    return { integration: await this.one(integrationId), secret };
  }

  private async one(id: string): Promise<Integration> {
    const integration = isId(id) ? await this.dataSource.getRepository(Integration).findOneBy({ id }) : null;
    if (!integration) throw notFound();
    return integration;
  }

  private newSecret(integrationId: string): { secret: string; entry: InboundSecret } {
    const { secretsKey } = this.config;
    if (secretsKey === null) throw new ParleyError('UNAVAILABLE', 'This server has no SECRETS_KEY to keep secrets with');
    const secret = newSecret();
    const sealed = seal(secretsKey, integrationId, secret);
    return { secret, entry: { id: newId(), sealed, notBefore: this.clock.now().toISOString(), notAfter: null } };
  }
}

/** @throws BAD_USER_INPUT */
function checkAddresses(ranges: string[] | null): void {
  if (ranges?.some((range) => !ipaddr.isValidCIDR(range))) {
    throw badInput('input.allowedAddresses', 'allowedAddresses must be ranges such as "192.0.2.0/24" or "2001:db8::1/128"');
  }
}
