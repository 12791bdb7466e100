import { Inject, Injectable, Module, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Args,
  Context,
  Field,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import type { RequestContext } from '../../src/auth/context.js';
import { badInput, ParleyError } from '../../src/common/errors/errors.js';
import { newId } from '../../src/common/values/ids.js';
import { Text } from '../../src/common/text/text.js';
import { readConfig } from '../../src/config/config.js';
import { Public, SignedIn } from '../../src/policy/permission.decorators.js';
import type { TestDatabase } from './database.js';

/** What happens to a stream, as its consumer makes it happen. */
@Injectable()
export class Source {
  taken = 0;
  /** What `slow` waits for, and when it began to. */
  readonly gate = Promise.withResolvers<void>();
  readonly begun = Promise.withResolvers<void>();
  left: Promise<void>;
  private leave: () => void;
  private waiting: (() => void) | null = null;

  constructor() {
    this.reset();
  }

  reset(): void {
    this.taken = 0;
    this.left = new Promise((resolve) => (this.leave = resolve));
  }

  /** `count` events at once, each with `padding` characters, then silence until the consumer leaves. */
  stream(count: number, padding: number): AsyncIterableIterator<{ ticks: Tick }> {
    let next = 0;
    return {
      next: async () => {
        if (next >= count) await new Promise<void>((resolve) => (this.waiting = resolve));
        this.taken++;
        return next >= count
          ? { done: true, value: undefined }
          : { done: false, value: { ticks: { number: ++next, padding: 'x'.repeat(padding) } } };
      },
      return: () => {
        this.leave();
        this.waiting?.();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

@ObjectType()
class Tick {
  @Field(() => Int)
  number: number;

  @Field(() => String)
  padding: string;
}

@InputType()
class NoteInput {
  @Field(() => String)
  @Text({ min: 1, max: 10, trim: true })
  content: string;

  @Field(() => String, { nullable: true })
  undecorated?: string;
}

const secret = 'relation "secrets" has no column "hunter2"';

const FAILURES: Record<string, () => unknown> = {
  ours: () => badInput('input.content', 'content is not to our taste'),
  details: () => new ParleyError('RATE_LIMITED', undefined, { retryAfterMs: 60_000 }),
  unexpected: () => new Error(secret),
  text: () => secret,
  database: () => Object.assign(new Error(secret), { code: '42703', parameters: [secret] }),
  refused: () => Object.assign(new Error(`connect ECONNREFUSED ${secret}`), { code: 'ECONNREFUSED' }),
  cancelled: () => Object.assign(new Error(secret), { code: '57014' }),
  pool: () => new Error('timeout exceeded when trying to connect'),
};

const contexts: object[] = [];

@Resolver(() => Tick)
class LabResolver {
  constructor(@Inject(Source) private readonly source: Source) {}

  @Public()
  @Query(() => String, { nullable: true })
  fail(@Args('how') how: string): string {
    throw FAILURES[how]?.();
  }

  @Public()
  @Query(() => String)
  nothing(): string | null {
    return null;
  }

  @Public()
  @Query(() => Int)
  tooLarge(): number {
    return 2 ** 40;
  }

  @SignedIn()
  @Query(() => String)
  whoAmI(@Context() { viewer }: RequestContext): string {
    return viewer?.userId ?? '';
  }

  @Public()
  @Query(() => String)
  address(@Context() { address }: RequestContext): string {
    return address;
  }

  @Public()
  @Mutation(() => String)
  async slow(): Promise<string> {
    this.source.begun.resolve();
    await this.source.gate.promise;
    return 'done';
  }

  @Query(() => String)
  undeclared(): string {
    return secret;
  }

  @Public()
  @Mutation(() => String)
  note(@Args('input') input: NoteInput): string {
    return `${input.content}${input.undecorated ?? ''}`;
  }

  @Public()
  @Subscription(() => Tick)
  ticks(@Args('count', { type: () => Int }) count: number, @Args('padding', { type: () => Int, defaultValue: 0 }) padding: number) {
    return this.source.stream(count, padding);
  }

  @Public()
  @Subscription(() => Tick)
  async *broken() {
    yield { broken: { number: 1, padding: '' } };
    throw new Error(secret);
  }

  @Public()
  @ResolveField(() => Int, { description: 'How many contexts there were.' })
  contexts(@Context() context: RequestContext): number {
    if (!contexts.includes(context)) contexts.push(context);
    return contexts.length;
  }

  @Public()
  @ResolveField(() => String, { nullable: true })
  failing(@Parent() _tick: Tick): string {
    throw new Error(secret);
  }
}

const lines: string[] = [];
const keep = (...said: unknown[]) => void lines.push(JSON.stringify(said));
const logger: LoggerService = { log: () => {}, warn: keep, error: keep };

/** All that was logged in this test file, by all nodes of it, in one text. */
export const logged = () => lines.join('\n');

export interface Lab {
  app: NestFastifyApplication;
  url: string;
  source: Source;
}

/** A node with operations of the tests' own beside those of the product. The caller closes its `app`. */
export async function startLab({ url }: TestDatabase, settings: NodeJS.ProcessEnv = {}): Promise<Lab> {
  const config = readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', RATE_LIMIT_FACTOR: '0', DATABASE_URL: url, ...settings });
  @Module({ imports: [AppModule.with(config)], providers: [Source, LabResolver] })
  class LabModule {}

  const adapter = new FastifyAdapter({ genReqId: newId, bodyLimit: 128 * 1024, trustProxy: config.trustProxy });
  const app = await NestFactory.create<NestFastifyApplication>(LabModule, adapter, { logger, abortOnError: false });
  if (config.allowedOrigins.length > 0) app.enableCors({ origin: config.allowedOrigins });
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl(), source: app.get(Source) };
}
