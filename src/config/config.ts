import fs from 'node:fs';
import { z } from 'zod';
import { isPair, serviceAccount } from './push-keys.js';
import { url } from './url.js';

const flag = z.stringbool();
const wholeNumber = z.coerce.number().int();
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

export const ANY_CURRENCY = 'any';
/** "500, JPY:80000": amounts of money in whole units, for some currencies and for all others. */
const limits = list
  .pipe(z.array(z.string().regex(/^([A-Z]{3}:)?\d{1,12}$/, 'must be amounts such as 500 or JPY:80000')))
  .transform(
    (items) =>
      new Map(items.map((item) => [item.includes(':') ? item.slice(0, 3) : ANY_CURRENCY, Number(item.slice(item.indexOf(':') + 1))])),
  );

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const DEVELOPMENT_SECRET = 'parley-development-secret-do-not-use-in-production';
const DEVELOPMENT_SECRETS_KEY = 'parley-development-key-do-not-use-in-production';

/** The environment. `.env.example` says the same in prose, and a test compares the two. */
const variables = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber.min(0).max(65_535).default(3000),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  DATABASE_POOL: wholeNumber.min(2).max(100).default(10),
  REDIS_URL: list.pipe(z.array(url('redis:', 'rediss:')).min(1)).optional(),
  REDIS_CLUSTER: flag.optional(),
  DATA_DIR: z.string().default('.data'),
  JWT_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  SECRETS_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  JWKS_URL: url('http:', 'https:').optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  ALLOWED_ORIGINS: list.default([]),
  TRUST_PROXY: flag.default(false),
  PLAYGROUND: flag.optional(),
  INTROSPECTION: flag.optional(),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  RATE_LIMIT_FACTOR: z.coerce.number().min(0).default(1),
  EDIT_WINDOW_MS: wholeNumber.min(0).default(15 * 60_000),
  MASK_CARD_NUMBERS: flag.default(true),
  STRIPE_SECRET_KEY: z.string().min(8).optional(),
  STRIPE_WEBHOOK_SECRET: list.default([]),
  STRIPE_API_URL: url('http:', 'https:').optional(),
  PAYMENT_AUTHORIZATION_DAYS: z.coerce.number().min(0.01).max(365).default(7),
  WEBHOOK_ALLOW_PRIVATE: flag.default(false),
  APP_NAME: z.string().min(1).max(60).default('Parley'),
  APP_URL: url('http:', 'https:').max(500).optional(),
  PUBLIC_URL: url('http:', 'https:').optional(),
  VAPID_PUBLIC_KEY: z
    .string()
    .regex(/^[\w-]{87}$/, 'must be 65 bytes in base64url')
    .optional(),
  VAPID_PRIVATE_KEY: z
    .string()
    .regex(/^[\w-]{43}$/, 'must be 32 bytes in base64url')
    .optional(),
  VAPID_SUBJECT: url('mailto:', 'https:').optional(),
  FCM_SERVICE_ACCOUNT: serviceAccount.optional(),
  FCM_API_URL: url('http:', 'https:').default('https://fcm.googleapis.com'),
  SMTP_URL: url('smtp:', 'smtps:').optional(),
  EMAIL_FROM: z
    .string()
    .max(320)
    .regex(/^([^<>\r\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/, 'must be an address such as Corner Pharmacy <chat@pharmacy.example>')
    .optional(),
  BEFORE_SEND_MS: z.coerce.number().int().min(100).max(5_000).default(1_500),
  PUSH_AFTER_SECONDS: z.coerce.number().min(0).max(3_600).default(5),
  EMAIL_AFTER_MINUTES: z.coerce.number().min(0).max(1_440).default(15),
  EMAIL_EVERY_MINUTES: z.coerce.number().min(0).max(10_080).default(60),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http:', 'https:').optional(),
  OTEL_SERVICE_NAME: z.string().default('parley'),
  ORDER_ACCEPT_HOURS: wholeNumber.min(1).default(24),
  ORDER_COMPLETE_HOURS: z.coerce.number().min(0.001).default(72),
  ORDER_CLOSE_DAYS: wholeNumber.min(1).default(14),
  DIRECT_ROOMS: z.enum(['open', 'contacts']).default('open'),
  CONTACT_DAYS: wholeNumber.min(0).max(36_500).default(365),
  CONTACT_AFTER_VISIT_DAYS: wholeNumber.min(0).max(36_500).default(30),
  APPOINTMENT_NOTICE_HOURS: wholeNumber.min(0).max(8_760).default(0),
  APPOINTMENT_NOSHOW_HOURS: wholeNumber.min(0).max(8_760).default(24),
  RIDER_LEAVES_MINUTES: wholeNumber.min(1).default(30),
  DISPUTE_FILING_DAYS: wholeNumber.min(1).max(3650).default(60),
  DISPUTE_RESPONSE_HOURS: wholeNumber.min(1).max(8760).default(72),
  DISPUTE_IDLE_DAYS: wholeNumber.min(1).max(365).default(20),
  DISPUTE_ACCESS_DAYS: wholeNumber.min(1).max(365).default(14),
  DISPUTE_APPEAL_DAYS: wholeNumber.min(1).max(365).default(7),
  DISPUTE_FOUR_EYES: limits.default(new Map([[ANY_CURRENCY, 500]])),
  JOB_OPEN_DAYS: wholeNumber.min(1).default(14),
  JOB_OFFER_DAYS: wholeNumber.min(1).default(7),
  JOB_COMPLETE_HOURS: wholeNumber.min(1).default(72),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).optional(),
});

export const VARIABLES = Object.keys(variables.shape);

const settings = variables.transform((env) => ({
  environment: env.NODE_ENV,
  isProduction: env.NODE_ENV === 'production',
  host: env.HOST,
  port: env.PORT,
  /** Null: a PostgreSQL of our own starts inside `dataDir`. */
  databaseUrl: env.DATABASE_URL ?? null,
  databasePool: env.DATABASE_POOL,
  /** Null: this node is alone, and its bus is in the process. */
  redis: env.REDIS_URL ? { urls: env.REDIS_URL, isCluster: env.REDIS_CLUSTER ?? env.REDIS_URL.length > 1 } : null,
  dataDir: env.DATA_DIR,
  /** For HS256 tokens and local sessions. Null only where `jwksUrl` is set. */
  jwtSecret: env.JWT_SECRET ?? (env.NODE_ENV === 'production' ? null : DEVELOPMENT_SECRET),
  /** Seals the secrets that lie in the database. Null: there are none, and what needs one is refused. */
  secretsKey: env.SECRETS_KEY ?? (env.NODE_ENV === 'production' ? null : DEVELOPMENT_SECRETS_KEY),
  jwksUrl: env.JWKS_URL ?? null,
  jwtIssuer: env.JWT_ISSUER ?? null,
  jwtAudience: env.JWT_AUDIENCE ?? null,
  /** Of browsers, for CORS and sockets; empty: only the server's own pages. */
  allowedOrigins: env.ALLOWED_ORIGINS,
  trustProxy: env.TRUST_PROXY,
  playground: env.PLAYGROUND ?? env.NODE_ENV !== 'production',
  introspection: env.INTROSPECTION ?? env.NODE_ENV !== 'production',
  /** What Prometheus sends. Null: `/metrics` is open in development, and not there in production. */
  metricsToken: env.METRICS_TOKEN ?? null,
  /** What a person may do, and how many sockets they may have, times this; 0: without a limit. */
  rateLimitFactor: env.RATE_LIMIT_FACTOR,
  editWindowMs: env.EDIT_WINDOW_MS,
  maskCardNumbers: env.MASK_CARD_NUMBERS,
  /** Null: payments are made in the sandbox, and in production not at all. */
  stripeSecretKey: env.STRIPE_SECRET_KEY ?? null,
  /** Several while one takes the place of another. */
  stripeWebhookSecrets: env.STRIPE_WEBHOOK_SECRET,
  /** Null: Stripe itself. */
  stripeApiUrl: env.STRIPE_API_URL ?? null,
  paymentAuthorizationMs: env.PAYMENT_AUTHORIZATION_DAYS * 86_400_000,
  /** Webhooks may go to loopback and private addresses, and without TLS. */
  webhookAllowPrivate: env.WEBHOOK_ALLOW_PRIVATE,
  /** As people know the application; in what they are notified of. */
  appName: env.APP_NAME,
  /** The front end's page of a room: `{roomId}` and `{code}` stand for those of the room. Null: notifications have no link. */
  appUrl: env.APP_URL ?? null,
  /** Where this service is reached from outside. Null: e-mails have no link that stops them. */
  publicUrl: env.PUBLIC_URL ?? null,
  /** Null: browsers are not notified. */
  webPush: env.VAPID_PUBLIC_KEY
    ? { publicKey: env.VAPID_PUBLIC_KEY, privateKey: env.VAPID_PRIVATE_KEY ?? '', subject: env.VAPID_SUBJECT ?? '' }
    : null,
  /** Null: applications on Android and iOS are not notified. */
  fcm: env.FCM_SERVICE_ACCOUNT
    ? {
        apiUrl: env.FCM_API_URL,
        projectId: env.FCM_SERVICE_ACCOUNT.project_id,
        clientEmail: env.FCM_SERVICE_ACCOUNT.client_email,
        privateKey: env.FCM_SERVICE_ACCOUNT.private_key,
        tokenUrl: env.FCM_SERVICE_ACCOUNT.token_uri,
      }
    : null,
  /** Null: no e-mails. */
  email: env.SMTP_URL ? { smtpUrl: env.SMTP_URL, from: env.EMAIL_FROM ?? '' } : null,
  /** What is read so soon is not pushed. */
  beforeSendMs: env.BEFORE_SEND_MS,
  pushAfterMs: env.PUSH_AFTER_SECONDS * 1_000,
  /** What is read until then is not written of… */
  emailAfterMs: env.EMAIL_AFTER_MINUTES * 60_000,
  /** …and nobody is written to more often than this. */
  emailEveryMs: env.EMAIL_EVERY_MINUTES * 60_000,
  /** Null: nothing is traced. */
  tracing: env.OTEL_EXPORTER_OTLP_ENDPOINT ? { endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT, serviceName: env.OTEL_SERVICE_NAME } : null,
  /** A shop has this long to take an order. */
  orderAcceptMs: env.ORDER_ACCEPT_HOURS * HOUR_MS,
  /** A customer has this long to complain of what was delivered. */
  orderCompleteMs: env.ORDER_COMPLETE_HOURS * HOUR_MS,
  /** The room of an order that has come to its end stays open this long. */
  orderCloseMs: env.ORDER_CLOSE_DAYS * 24 * HOUR_MS,
  /** A rider stays in the room this long after the end of their delivery. */
  riderLeavesMs: env.RIDER_LEAVES_MINUTES * 60_000,
  disputes: {
    filingMs: env.DISPUTE_FILING_DAYS * DAY_MS,
    responseMs: env.DISPUTE_RESPONSE_HOURS * HOUR_MS,
    idleMs: env.DISPUTE_IDLE_DAYS * DAY_MS,
    accessMs: env.DISPUTE_ACCESS_DAYS * DAY_MS,
    appealMs: env.DISPUTE_APPEAL_DAYS * DAY_MS,
    /** Where more than this is claimed, in whole units of its currency, one decider is not enough. Without any limit it never is. */
    fourEyes: env.DISPUTE_FOUR_EYES,
  },
  /** Whether people need a contact (an appointment that counts) to open a direct room. */
  directRooms: env.DIRECT_ROOMS,
  /** An appointment makes contacts until this long after its end… */
  contactWindowMs: env.CONTACT_DAYS * 24 * HOUR_MS,
  /** …and from the moment when it has taken place, this long. */
  contactAfterVisitMs: env.CONTACT_AFTER_VISIT_DAYS * 24 * HOUR_MS,
  /** After the end of an appointment to which nobody has seen the patient come. */
  appointmentNoticeMs: env.APPOINTMENT_NOTICE_HOURS * HOUR_MS,
  noshowMs: env.APPOINTMENT_NOSHOW_HOURS * HOUR_MS,
  /** A job takes offers this long, where its poster has set no time. */
  jobOpenMs: env.JOB_OPEN_DAYS * 24 * HOUR_MS,
  /** An offer stands this long, where its bidder has set no time. */
  jobOfferMs: env.JOB_OFFER_DAYS * 24 * HOUR_MS,
  /** A poster has this long to object to what was done. */
  jobCompleteMs: env.JOB_COMPLETE_HOURS * HOUR_MS,
  logLevel: env.LOG_LEVEL ?? (env.NODE_ENV === 'production' ? 'info' : 'warn'),
}));

/** The settings of this process, under the names that the code uses. Durations in milliseconds. */
export type Config = z.output<typeof settings>;

/** Injection token of the `Config`. */
export const CONFIG = Symbol('Config');

/** All mistakes of the environment at once, each with the variable's name. */
export class ConfigError extends Error {}

export const SECRETS = [
  'DATABASE_URL',
  'REDIS_URL',
  'JWT_SECRET',
  'SECRETS_KEY',
  'METRICS_TOKEN',
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'VAPID_PRIVATE_KEY',
  'FCM_SERVICE_ACCOUNT',
  'SMTP_URL',
] as const;

type Environment = Record<string, string | undefined>;

/** `JWT_SECRET_FILE=/run/secrets/jwt` stands for `JWT_SECRET=<its content>`. Returns what is wrong with that. */
function readSecretFiles(env: Environment): string[] {
  const mistakes: string[] = [];
  for (const name of SECRETS) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    if (env[name]) mistakes.push(`${name}: set it or ${name}_FILE, not both`);
    try {
      env[name] = fs.readFileSync(file, 'utf8').trim();
    } catch {
      mistakes.push(`${name}_FILE: ${file} cannot be read`);
    }
  }
  return mistakes;
}

/** Not a refinement of the schema, because zod asks those only when all else is well, and every mistake shall be told. */
function unsafeInProduction(env: Environment): string[] {
  if (env['NODE_ENV'] !== 'production') return [];
  const mistakes: string[] = [];
  if (!env['JWT_SECRET'] && !env['JWKS_URL']) mistakes.push('JWT_SECRET: production needs JWT_SECRET or JWKS_URL');
  if (env['JWT_SECRET'] === DEVELOPMENT_SECRET) mistakes.push('JWT_SECRET: this is the development secret');
  if (env['SECRETS_KEY'] === DEVELOPMENT_SECRETS_KEY) mistakes.push('SECRETS_KEY: this is the development key');
  return mistakes;
}

/** Settings that are one thing together, by the first, which switches it on. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  VAPID_PUBLIC_KEY: ['VAPID_PRIVATE_KEY', 'VAPID_SUBJECT'],
  SMTP_URL: ['EMAIL_FROM'],
};

const missing = (env: Environment): string[] =>
  Object.entries(TOGETHER).flatMap(([name, others]) =>
    env[name] ? others.filter((other) => !env[other]).map((other) => `${other}: ${name} needs it`) : [],
  );

/** With keys that are no pair, push services refuse whatever they are sent. */
const unpaired = ({ VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey }: Environment): string[] =>
  publicKey && privateKey && !isPair(publicKey, privateKey)
    ? ['VAPID_PRIVATE_KEY: is not the other one of the pair of VAPID_PUBLIC_KEY']
    : [];

/** @throws ConfigError that lists every mistake; the process then exits 78 (EX_CONFIG of sysexits.h). */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given: Environment = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const mistakes = [...readSecretFiles(given), ...unsafeInProduction(given), ...missing(given), ...unpaired(given)];
  const parsed = settings.safeParse(given);
  if (parsed.success && mistakes.length === 0) return parsed.data;
  for (const { path, message } of parsed.error?.issues ?? []) mistakes.push(`${String(path[0])}: ${message}`);
  throw new ConfigError(mistakes.join('\n'));
}
