import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { AuthModule } from '../auth/auth.module.js';
import { AuthService } from '../auth/auth.service.js';
import { AllErrors } from '../common/exception.filter.js';
import { CONFIG } from '../config/config.js';
import { apolloOptions } from './apollo.options.js';
import { InputPipe } from './input.pipe.js';
import { Playground } from './playground.js';
import { SubscriptionServer } from './subscription-server.js';

/** The API's two transports: Apollo on Fastify for HTTP, our own server for WebSocket. Same schema, context, limits and errors. */
@Module({})
export class ApiModule {
  static register(): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        AuthModule,
        GraphQLModule.forRootAsync<ApolloDriverConfig>({
          driver: ApolloDriver,
          imports: [AuthModule],
          inject: [AuthService, CONFIG],
          useFactory: apolloOptions,
        }),
      ],
      providers: [SubscriptionServer, Playground, { provide: APP_FILTER, useClass: AllErrors }, { provide: APP_PIPE, useClass: InputPipe }],
    };
  }
}
