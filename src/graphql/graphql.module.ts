import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import type { FastifyRequest } from 'fastify';
import { AuthModule } from '../auth/auth.module.js';
import { AuthService } from '../auth/auth.service.js';
import type { RequestContext } from '../auth/context.js';
import { toClientError } from '../common/client-error.js';
import { newId } from '../common/ids.js';
import { AllErrors } from '../common/exception.filter.js';
import { type Config, CONFIG } from '../config/config.js';
import { InputPipe } from './input.pipe.js';
import { SubscriptionServer } from './subscription-server.js';

/** The API's two transports: Apollo on Fastify for HTTP, our own server for WebSocket. Same schema, context, limits and errors. */
@Module({})
export class ApiModule {
  static register(): DynamicModule {
    const apollo = GraphQLModule.forRootAsync<ApolloDriverConfig>({
      driver: ApolloDriver,
      imports: [AuthModule],
      inject: [AuthService, CONFIG],
      useFactory: (auth: AuthService, config: Config): Omit<ApolloDriverConfig, 'driver'> => ({
        path: '/graphql',
        autoSchemaFile: true,
        sortSchema: true,
        introspection: config.introspection,
        playground: false,
        includeStacktraceInErrorResponses: false,
        csrfPrevention: true,
        stopOnTerminationSignals: false,
        plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled()],
        context: async (request: FastifyRequest): Promise<RequestContext> => ({
          viewer: await auth.authenticate(request.headers.authorization),
          address: request.ip,
          traceId: request.id,
        }),
        // What an operation threw was judged by the filter already; what comes here without a trace gets one of its own.
        formatError: (_formatted, error) => toClientError(error, newId()),
      }),
    });
    return {
      module: ApiModule,
      imports: [AuthModule, apollo],
      providers: [SubscriptionServer, { provide: APP_FILTER, useClass: AllErrors }, { provide: APP_PIPE, useClass: InputPipe }],
    };
  }
}
