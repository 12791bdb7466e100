import { createSecretKey } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  SignJWT,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from 'jose';
import { ParleyError } from '../common/errors/errors.js';
import { CONFIG, type Config } from '../config/config.js';
import { type Claims, isOwn, OWN_ISSUER, readClaims } from './claims.js';

/** Room for many claims; more is no token but an attempt to keep us busy. */
const MAX_TOKEN_LENGTH = 8192;
const CLOCK_TOLERANCE_S = 5;
const ACCESS_TOKEN_S = 15 * 60;
const JWKS_TIMEOUT_MS = 3000;
/** A token with an unknown `kid` makes us ask for new keys, but not more often than this. */
const JWKS_COOLDOWN_MS = 30_000;

const SECRET_ALGORITHMS = ['HS256'];
const JWKS_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
/** Headers by which a token would bring its own key. None of our keys is found that way, so who sends one means no good. */
const KEY_BRINGING_HEADERS = ['jku', 'jwk', 'x5u', 'x5c'];

const invalid = () => new ParleyError('UNAUTHENTICATED', 'The token is not valid');

/** Verifies the tokens of the host and makes those of our own sign-in. */
@Injectable()
export class Tokens {
  private readonly logger = new Logger(Tokens.name);
  private readonly secret: ReturnType<typeof createSecretKey> | null;
  private readonly keys: JWTVerifyGetKey | null;

  constructor(@Inject(CONFIG) private readonly config: Config) {
    this.secret = config.jwtSecret === null ? null : createSecretKey(config.jwtSecret, 'utf8');
    this.keys = config.jwksUrl === null ? null : this.remoteKeys(new URL(config.jwksUrl));
  }

  /** Whether there is a secret to sign tokens of our own with. */
  get canSign(): boolean {
    return this.secret !== null;
  }

  /** @throws UNAUTHENTICATED; UNAVAILABLE when the host's keys cannot be fetched */
  async verify(token: string): Promise<Claims> {
    try {
      return await this.verified(token);
    } catch (error) {
      if (error instanceof ParleyError) throw error;
      if (error instanceof errors.JWTExpired) throw new ParleyError('UNAUTHENTICATED', 'The token has expired');
      throw invalid();
    }
  }

  /** A token for a person who signed in here. @throws UNAVAILABLE without a secret */
  async sign(externalId: string, sessionId: string): Promise<{ token: string; expiresAt: Date }> {
    if (!this.secret) throw new ParleyError('UNAVAILABLE', 'There is no local sign-in on this server');
    const now = Math.floor(Date.now() / 1000);
    const expiry = now + ACCESS_TOKEN_S;
    const token = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(OWN_ISSUER)
      .setSubject(externalId)
      .setIssuedAt(now)
      .setExpirationTime(expiry)
      .sign(this.secret);
    return { token, expiresAt: new Date(expiry * 1000) };
  }

  private async verified(token: string): Promise<Claims> {
    if (token.length > MAX_TOKEN_LENGTH) throw invalid();
    const header = decodeProtectedHeader(token);
    if (KEY_BRINGING_HEADERS.some((name) => name in header)) throw invalid();

    // The algorithm chooses the source of the key, and the source allows its own algorithms only: a public key
    // is never tried as a secret. A `kid` beside the one shared secret names nothing, and some issuers add it.
    if (this.secret && SECRET_ALGORITHMS.includes(header.alg ?? '')) {
      const ours = isOwn(decodeJwt(token));
      const { payload } = await jwtVerify(token, this.secret, this.options(SECRET_ALGORITHMS, ours));
      return readClaims(payload, ours);
    }
    if (this.keys && JWKS_ALGORITHMS.includes(header.alg ?? '')) {
      const { payload } = await jwtVerify(token, this.keys, this.options(JWKS_ALGORITHMS, false));
      return readClaims(payload, false);
    }
    throw invalid();
  }

  /** Issuer and audience are those of the host; a token of our own has neither, whatever is configured. */
  private options(algorithms: string[], ours: boolean): JWTVerifyOptions {
    const { jwtIssuer, jwtAudience } = this.config;
    return {
      algorithms,
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(),
      requiredClaims: ['exp', 'sub'],
      ...(jwtIssuer !== null && !ours && { issuer: jwtIssuer }),
      ...(jwtAudience !== null && !ours && { audience: jwtAudience }),
    };
  }

  private remoteKeys(url: URL): JWTVerifyGetKey {
    const keys = createRemoteJWKSet(url, { timeoutDuration: JWKS_TIMEOUT_MS, cooldownDuration: JWKS_COOLDOWN_MS });
    return async (header, token) => {
      try {
        return await keys(header, token);
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
        this.logger.error(`The keys at ${url.origin}${url.pathname} cannot be had: ${String(error)}`);
        throw new ParleyError('UNAVAILABLE', 'Tokens cannot be checked at the moment');
      }
    };
  }
}
