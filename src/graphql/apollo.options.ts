import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import type { FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { AuthService } from '../auth/auth.service.js';
import type { RequestContext } from '../auth/context.js';
import { httpStatusOf, judge, toClientError } from '../common/errors/client-error.js';
import { traceIdNow } from '../common/telemetry/tracing.js';
import { newId } from '../common/values/ids.js';
import { DateTime } from '../common/values/instant.js';
import type { Config } from '../config/config.js';
import { GRAPHQL_PATH } from './documents/documents.js';
import { httpMetrics } from './operation-metrics.js';
import { retryAfterHeader } from './retry-after.js';

/** A token that does not hold is refused before anything runs, with the status of HTTP that says so. */
function refusal(error: unknown, traceId: string): GraphQLError {
  const answer = judge(error, traceId);
  return new GraphQLError(answer.message, { originalError: answer, extensions: { http: { status: httpStatusOf(answer.code) } } });
}

/** GraphQL over HTTP. */
export function apolloOptions(auth: AuthService, config: Config): Omit<ApolloDriverConfig, 'driver'> {
  const plugins: ApolloServerPlugin[] = [ApolloServerPluginCacheControlDisabled(), httpMetrics, retryAfterHeader];
  return {
    path: GRAPHQL_PATH,
    autoSchemaFile: true,
    sortSchema: true,
    // Apollo validates the schema when it starts; to ask all of it of itself before would be a seventh of the time in which a node starts.
    buildSchemaOptions: { scalarsMap: [{ type: Date, scalar: DateTime }], skipCheck: true },
    // What every subject tells stands once, with the interface.
    inheritResolversFromInterfaces: true,
    graphiql: false,
    introspection: config.introspection,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    documentStore: null,
    fieldResolverEnhancers: [],
    autoTransformHttpErrors: false,
    // The sockets have to go first (see SubscriptionServer), because this waits for every connection to end.
    stopOnApplicationShutdown: true,
    plugins,
    context: async ({ headers, ip, id }: FastifyRequest): Promise<RequestContext> => {
      try {
        return { viewer: await auth.authenticate(headers.authorization), address: ip, traceId: id };
      } catch (error) {
        throw refusal(error, id);
      }
    },
    // What an operation threw was judged by the filter already; what comes here without a trace gets one of its own.
    formatError: (_formatted, error) => toClientError(error, traceIdNow(newId())),
  };
}
