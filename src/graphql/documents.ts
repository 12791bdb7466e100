import { type DocumentNode, GraphQLError, type GraphQLSchema, NoSchemaIntrospectionCustomRule, parse, specifiedRules, validate } from 'graphql';
import { LRUCache } from 'lru-cache';

type Outcome = { document: DocumentNode } | { errors: readonly GraphQLError[] };

const MAX_TOKENS = 2_000;

/** Documents that this node has parsed and validated, by their text: front ends send the same few again and again. */
export class Documents {
  private readonly known = new LRUCache<string, Outcome>({ max: 1_000 });
  private readonly rules;

  constructor(
    private readonly schema: GraphQLSchema,
    options: { introspection: boolean },
  ) {
    this.rules = options.introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  }

  get(source: string): Outcome {
    let outcome = this.known.get(source);
    if (!outcome) {
      outcome = this.check(source);
      this.known.set(source, outcome);
    }
    return outcome;
  }

  private check(source: string): Outcome {
    try {
      const document = parse(source, { maxTokens: MAX_TOKENS });
      const errors = validate(this.schema, document, this.rules);
      return errors.length > 0 ? { errors } : { document };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
  }
}
