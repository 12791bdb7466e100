import { type AudienceJob, MARK } from './audience.js';
import { UNIQUE } from './clients.js';

import { idOf, tokenOf } from '../seed.js';

export const EVENTS = `subscription ($roomId: ID!) { roomEvents(roomId: $roomId) { __typename ... on MessageAdded { revision message {
  id sequence content createdAt sender { id displayName } reactions { emoji count }
} } } }`;
export const SEND = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { sequence } }`;
export const CONTENT = `The parcel has left the pharmacy and will arrive within the hour, says the rider: ${MARK}${UNIQUE}`;

export const listenTo = (room: number, id = 'events'): string =>
  JSON.stringify({ id, type: 'subscribe', payload: { query: EVENTS, variables: { roomId: idOf(room) } } });

export const sayIn = (room: number, content: string): string => {
  const input = { roomId: idOf(room), content, clientId: UNIQUE };
  return JSON.stringify({ id: UNIQUE, type: 'subscribe', payload: { query: SEND, variables: { input } } });
};

/** A token for each of so many sockets, which these people share evenly. */
export async function tokensOf(people: readonly number[], count: number): Promise<string[]> {
  const tokens = await Promise.all(people.map(tokenOf));
  return Array.from({ length: count }, (_, at) => tokens[at % tokens.length]!);
}

/** Who listens to one room with one document, evenly at these nodes, and has to hear each message once and in order. */
export const audienceOf = (room: number, urls: string[], tokens: string[]): AudienceJob => ({
  urls: urls.map((url) => `${url}/graphql`),
  tokens,
  subscribe: listenTo(room),
  speak: sayIn(room, CONTENT),
  isNumbered: true,
});
