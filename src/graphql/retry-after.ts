import type { ApolloServerPlugin } from '@apollo/server';
import { retryAfterOf } from '../common/errors/client-error.js';

/** Says by HTTP, too, when to come again: the longest that one of the errors asks for. */
export const retryAfterHeader: ApolloServerPlugin = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse({ response: { body, http } }) {
        const errors = (body.kind === 'single' && body.singleResult.errors) || [];
        const waits = errors.flatMap(({ extensions }) => retryAfterOf(extensions) ?? []);
        if (waits.length > 0) http.headers.set('retry-after', String(Math.max(...waits.map(Number))));
        return Promise.resolve();
      },
    }),
};
