import './production.js';
import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Args,
  createUnionType,
  Field,
  GraphQLModule,
  ID,
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
import { newId } from '../../../src/common/values/ids.js';

// How one usually lets people hear: Nest's own transport for subscriptions, and an execution for each listener. In a process of its own,
// because Nest keeps the types of all schemas in one place.

@ObjectType('User')
class UsualUser {
  @Field(() => ID) id: string;
  @Field() displayName: string;
}

@ObjectType('Reaction')
class UsualReaction {
  @Field() emoji: string;
  @Field(() => Int) count: number;
}

@ObjectType('Message')
class UsualMessage {
  @Field(() => ID) id: string;
  @Field(() => Int) sequence: number;
  @Field() content: string;
  @Field() createdAt: Date;
}

@ObjectType('MessageAdded')
class UsualMessageAdded {
  @Field(() => Int) revision: number;
  @Field(() => UsualMessage) message: UsualMessage;
}

@ObjectType('RoomChanged')
class UsualRoomChanged {
  @Field(() => Int) revision: number;
}

const UsualRoomEvent = createUnionType({ name: 'RoomEvent', types: () => [UsualMessageAdded, UsualRoomChanged] as const });

const ADDED = 'added';
const SOMEBODY: UsualUser = { id: newId(), displayName: 'Person 1' };

const events = new EventEmitter().setMaxListeners(0);

interface Told {
  roomEvents: UsualMessageAdded;
}

/** What the `PubSub` of graphql-subscriptions does: it waits for what is published, and keeps what was not asked for yet. */
class Hearing implements AsyncIterableIterator<Told> {
  private readonly heard: Told[] = [];
  private readonly waiting: ((result: IteratorResult<Told>) => void)[] = [];
  private readonly hear = (value: Told): void => {
    const waiting = this.waiting.shift();
    if (waiting) waiting({ done: false, value });
    else this.heard.push(value);
  };

  constructor() {
    events.on(ADDED, this.hear);
  }

  next(): Promise<IteratorResult<Told>> {
    return new Promise((resolve) => {
      const value = this.heard.shift();
      if (value) resolve({ done: false, value });
      else this.waiting.push(resolve);
    });
  }

  return(): Promise<IteratorResult<Told>> {
    events.off(ADDED, this.hear);
    for (const waiting of this.waiting.splice(0)) waiting({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

@Resolver(() => UsualMessage)
class UsualResolver {
  private sequence = 0;

  @Query(() => Boolean)
  isUp(): boolean {
    return true;
  }

  /** It keeps nothing: what is compared is how it is heard. */
  @Mutation(() => Int)
  send(@Args('content') content: string): number {
    const sequence = ++this.sequence;
    const message: UsualMessage = { id: newId(), sequence, content, createdAt: new Date() };
    events.emit(ADDED, { roomEvents: Object.assign(new UsualMessageAdded(), { revision: sequence, message }) });
    return sequence;
  }

  @Subscription(() => UsualRoomEvent)
  roomEvents(@Args('roomId', { type: () => ID }) _roomId: string) {
    return new Hearing();
  }

  @ResolveField(() => UsualUser)
  sender(@Parent() _message: UsualMessage): UsualUser {
    return SOMEBODY;
  }

  @ResolveField(() => [UsualReaction])
  reactions(@Parent() _message: UsualMessage): UsualReaction[] {
    return [];
  }
}

@Module({
  imports: [
    GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true, subscriptions: { 'graphql-ws': true } }),
  ],
  providers: [UsualResolver],
})
class UsualModule {}

const app = await NestFactory.create<NestFastifyApplication>(UsualModule, new FastifyAdapter(), { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const server: Server = app.getHttpServer();
process.on('disconnect', () => process.exit());
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!(user + system);
});
process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
