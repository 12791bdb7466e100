import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ApiModule } from '../graphql/graphql.module.js';
import { SubscriptionServer } from './subscription-server.js';

/** The API over WebSocket. */
@Module({ imports: [AuthModule, ApiModule], providers: [SubscriptionServer] })
export class SocketsModule {}
