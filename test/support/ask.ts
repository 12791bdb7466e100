import type { Node } from '../../src/node.js';

export interface Caller {
  token?: string;
  /** Whom the proxy in front says it serves; needs `TRUST_PROXY`. */
  address?: string;
}

/** One document by HTTP, and the answer as it came. */
export async function ask({ url }: Node, query: string, variables: object = {}, { token, address }: Caller = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(address !== undefined && { 'x-forwarded-for': address }),
    },
    body: JSON.stringify({ query, variables }),
  });
  return JSON.parse(await response.text());
}

export const codeOf = (answer: { errors?: { extensions: { code: string } }[] }): string | undefined => answer.errors?.[0]?.extensions.code;
