import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { AuthModule } from '../auth/auth.module.js';
import { AuthService } from '../auth/auth.service.js';
import { AllErrors } from '../common/errors/exception.filter.js';
import { CONFIG } from '../config/config.js';
import { apolloOptions } from './apollo.options.js';
import { DocumentPlugin } from './documents/document.plugin.js';
import { Documents } from './documents/documents.js';
import { InputPipe } from './input.pipe.js';

/** The API over HTTP: Apollo on Fastify. Sockets share its schema, its limits and the shape of its errors. */
@Module({
  imports: [
    GraphQLModule.forRootAsync<ApolloDriverConfig>({
      driver: ApolloDriver,
      imports: [AuthModule],
      inject: [AuthService, CONFIG],
      useFactory: apolloOptions,
    }),
  ],
  providers: [Documents, DocumentPlugin, { provide: APP_FILTER, useClass: AllErrors }, { provide: APP_PIPE, useClass: InputPipe }],
  exports: [Documents],
})
export class ApiModule {}
