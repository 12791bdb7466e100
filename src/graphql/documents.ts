import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type ValidationRule,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Config } from '../config/config.js';

/** Of both transports. */
export const GRAPHQL_PATH = '/graphql';

/** A large screen of a front end needs some hundreds. */
export const MAX_TOKENS = 2_000;

const MAX_DOCUMENTS = 1_000;
/** Longer ones are checked each time, so that nobody fills the memory with them. */
const MAX_CACHED_LENGTH = 16 * 1024;

/** What both transports ask of a document beyond the specification. */
export const rulesFor = ({ introspection }: Pick<Config, 'introspection'>): ValidationRule[] =>
  introspection ? [] : [NoSchemaIntrospectionCustomRule];

type Outcome = { document: DocumentNode } | { errors: readonly GraphQLError[] };

/** Documents that this node has parsed and validated, by their text: front ends send the same few again and again. */
export class Documents {
  private readonly known = new LRUCache<string, Outcome>({ max: MAX_DOCUMENTS });
  private readonly rules: ValidationRule[];
  private readonly hideSuggestions: boolean;

  constructor(
    private readonly schema: GraphQLSchema,
    config: Pick<Config, 'introspection'>,
  ) {
    this.rules = [...specifiedRules, ...rulesFor(config)];
    this.hideSuggestions = !config.introspection;
  }

  get(source: string): Outcome {
    let outcome = this.known.get(source);
    if (!outcome) {
      outcome = this.check(source);
      if (source.length <= MAX_CACHED_LENGTH) this.known.set(source, outcome);
    }
    return outcome;
  }

  private check(source: string): Outcome {
    try {
      const document = parse(source, { maxTokens: MAX_TOKENS });
      const errors = validate(this.schema, document, this.rules, { hideSuggestions: this.hideSuggestions });
      return errors.length > 0 ? { errors } : { document };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
  }
}
