import type { RenderOptions } from 'altair-static';
import type { DataSource } from 'typeorm';
import type { Config } from '../config/config.js';
import { run } from '../database/sql.js';
import { demoPeople } from '../users/demo-people.js';
import { GRAPHQL_PATH } from '../graphql/documents/documents.js';
import { EXAMPLES } from './playground-examples.js';

const FIRST_ROOMS = {
  name: 'playground_first_rooms',
  text: `select distinct on (users.id) users.email, rooms.id as room_id
    from users
    join participants on participants.user_id = users.id and participants.status = 'ACTIVE'
    join rooms on rooms.id = participants.room_id and rooms.deleted_at is null
    where users.email = any ($1)
    order by users.id, rooms.created_at`,
};

interface FirstRoom {
  email: string;
  room_id: string;
}

/** A set of variables for each demo person: their token, and a room that they are in. */
async function environments(database: DataSource, config: Config) {
  const people = await demoPeople(database, config);
  const rooms = await run<FirstRoom>(database, FIRST_ROOMS, [people.map(({ email }) => email)]);
  const roomOf = new Map(rooms.map((room) => [room.email, room.room_id]));
  return people.map(({ email, name, part, token }) => ({
    id: email,
    title: `${name} (${part})`,
    variables: { token, roomId: roomOf.get(email) ?? '' },
  }));
}

/** What the playground opens with, as a script of its own because the page allows none inside. */
export async function playgroundOptions(database: DataSource, config: Config): Promise<string> {
  const subEnvironments = await environments(database, config);
  // Where nobody is known there is no token either, and an empty one would be refused.
  const credentials = subEnvironments.length > 0 ? { authorization: 'Bearer {{token}}' } : {};
  const options: RenderOptions = {
    endpointURL: GRAPHQL_PATH,
    subscriptionsEndpoint: GRAPHQL_PATH,
    initialHeaders: credentials,
    initialSubscriptionsPayload: credentials,
    initialEnvironments: { activeSubEnvironment: subEnvironments[0]?.id, base: { variables: { roomId: '' } }, subEnvironments },
    initialWindows: EXAMPLES.map((example) => ({ ...example, initialSubscriptionRequestHandlerId: 'graphql-ws' })),
    // Tokens end, so what was kept from the last visit would soon be refused.
    preserveState: false,
    disableAccount: true,
    initialSettings: { 'alert.disableUpdateNotification': true, 'banners.disable': true },
  };
  return `AltairGraphQL.init({ ...${JSON.stringify(options)}, subscriptionsProtocol: location.protocol.replace('http', 'ws') });\n`;
}
