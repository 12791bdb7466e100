import { createSecretKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { type DataSource, In } from 'typeorm';
import type { Config } from '../config/config.js';
import { PlatformRole } from '../policy/roles.js';
import { User } from './user.entity.js';

/** Of every local account of the demo workspace. */
export const DEMO_PASSWORD = 'parley-demo';

const TOKEN_LIFETIME = '30 days';

const person = (name: string, displayName: string, part: string, role = PlatformRole.USER) => ({
  externalId: `demo:${name}`,
  displayName,
  email: `${name}@parley.example`,
  /** What they do in the story, for whoever chooses between them. */
  part,
  role,
});

/** Who is in the demo workspace. A host's own people are never called "demo:…". */
export const DEMO_PEOPLE = {
  customer: person('leila', 'Leïla Haddad', 'customer'),
  pharmacist: person('chen', '陈薇 Chen Wei', 'pharmacist'),
  rider: person('raj', 'राज Raj Patel', 'rider'),
  support: person('sam', "Sam O'Neill", 'support', PlatformRole.SUPPORT),
};

export interface DemoPerson {
  name: string;
  part: string;
  role: PlatformRole;
  email: string;
  /** For `Authorization: Bearer …`, as the host's identity provider would make it. */
  token: string;
}

async function tokenFor(user: User, email: string, { jwtSecret, jwtIssuer, jwtAudience }: Config): Promise<string> {
  const claims = new SignJWT({ name: user.displayName, email, role: user.role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(user.externalId)
    .setExpirationTime(TOKEN_LIFETIME);
  if (jwtIssuer !== null) claims.setIssuer(jwtIssuer);
  if (jwtAudience !== null) claims.setAudience(jwtAudience);
  return claims.sign(createSecretKey(jwtSecret ?? '', 'utf8'));
}

/** The demo people of this database, each with a new token of 30 days; nobody outside of development, or where no secret is known. */
export async function demoPeople(database: DataSource, config: Config): Promise<DemoPerson[]> {
  if (config.environment !== 'development' || config.jwtSecret === null) return [];
  const people = Object.values(DEMO_PEOPLE);
  const users = await database.getRepository(User).findBy({ externalId: In(people.map(({ externalId }) => externalId)), isActive: true });
  const byId = new Map(users.map((user) => [user.externalId, user]));
  const present = people.flatMap(({ externalId, ...rest }) => ({ ...rest, user: byId.get(externalId) }));
  return Promise.all(
    present.flatMap(({ user, email, part }) =>
      user ? [tokenFor(user, email, config).then((token) => ({ name: user.displayName, part, role: user.role, email, token }))] : [],
    ),
  );
}
