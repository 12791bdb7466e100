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
import { checkSize } from './document-size.js';

/** Of both transports. */
export const GRAPHQL_PATH = '/graphql';

/** A large screen of a front end needs some hundreds. */
const MAX_TOKENS = 2_000;

/** Of one document that are told. */
const MAX_ERRORS = 10;

const MAX_DOCUMENTS = 1_000;
/** Longer ones are checked each time, so that nobody fills the memory with them. */
const MAX_CACHED_LENGTH = 16 * 1024;

type Outcome = { document: DocumentNode } | { errors: readonly GraphQLError[] };

/**
 * Documents that this node has parsed, measured and validated, for both transports. They are kept by their text: front ends send
 * the same few again and again.
 */
export class Documents {
  private readonly known = new LRUCache<string, Outcome>({ max: MAX_DOCUMENTS });
  private readonly rules: ValidationRule[];
  private readonly hideSuggestions: boolean;

  constructor(
    private readonly schema: GraphQLSchema,
    config: Pick<Config, 'introspection'>,
  ) {
    this.rules = config.introspection ? [...specifiedRules] : [...specifiedRules, NoSchemaIntrospectionCustomRule];
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
      checkSize(this.schema, document);
      const errors = validate(this.schema, document, this.rules, { maxErrors: MAX_ERRORS, hideSuggestions: this.hideSuggestions });
      return errors.length > 0 ? { errors } : { document };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
  }
}
