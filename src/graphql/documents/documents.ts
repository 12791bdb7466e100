import { Inject, Injectable } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type ValidationRule,
  visit,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { type Config, CONFIG } from '../../config/config.js';
import { checkSize } from './document-size.js';

/** Of both transports. */
export const GRAPHQL_PATH = '/graphql';

/** A large screen of a front end needs some hundreds. */
const MAX_TOKENS = 2_000;

/** Of one document that are told. */
const MAX_ERRORS = 10;

/** Of memory: some hundred large screens. Whoever makes documents up, with a token or without, gets no more of it. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;
/** At most, with the nodes that stand for it. */
const BYTES_PER_TOKEN = 400;
/** What is larger is no screen, and is checked each time. */
const MAX_SOURCE_LENGTH = 16 * 1024;

type Outcome = { document: DocumentNode } | { errors: readonly GraphQLError[] };

/**
 * Documents that this node has parsed, measured and validated, for both transports. They are kept by their text: front ends send
 * the same few again and again. What is refused is not kept; errors hold on to all that they point into, and no front end sends it twice.
 */
@Injectable()
export class Documents {
  private readonly known = new LRUCache<string, DocumentNode>({
    maxSize: MAX_KEPT_BYTES,
    sizeCalculation: ({ tokenCount = MAX_TOKENS }, source) => 2 * source.length + tokenCount * BYTES_PER_TOKEN,
  });
  private readonly rules: ValidationRule[];
  private readonly hideSuggestions: boolean;

  constructor(
    private readonly host: GraphQLSchemaHost,
    @Inject(CONFIG) { introspection }: Config,
  ) {
    this.rules = introspection ? [...specifiedRules] : [...specifiedRules, NoSchemaIntrospectionCustomRule];
    this.hideSuggestions = !introspection;
  }

  /** That of the API, once the application is made. */
  get schema(): GraphQLSchema {
    return this.host.schema;
  }

  get(source: string): Outcome {
    const known = this.known.get(source);
    if (known) return { document: known };
    const outcome = this.check(source);
    if ('document' in outcome && source.length <= MAX_SOURCE_LENGTH) this.known.set(source, outcome.document);
    return outcome;
  }

  private check(source: string): Outcome {
    try {
      const document = parse(source, { maxTokens: MAX_TOKENS });
      checkSize(this.schema, document);
      const errors = validate(this.schema, document, this.rules, { maxErrors: MAX_ERRORS, hideSuggestions: this.hideSuggestions });
      return errors.length > 0 ? { errors } : { document: withoutTokens(document) };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
  }
}

/** Half of what a document weighs is its chain of tokens. The line that an error names needs none of them. */
function withoutTokens(document: DocumentNode): DocumentNode {
  visit(document, {
    enter(node) {
      if (node.loc) Object.assign(node, { loc: { start: node.loc.start, end: node.loc.end, source: node.loc.source } });
    },
  });
  return document;
}
