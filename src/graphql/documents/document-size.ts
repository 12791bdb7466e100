import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { DEFAULT_PAGE, MAX_PAGE } from '../../common/graphql/connection.js';
import { ParleyError } from '../../common/errors/errors.js';

/** Of any one document; a front end's largest screen stays far below. The tokens are counted as it is parsed. */
export const DOCUMENT_LIMITS = {
  /** Of fields in fields. An IDE that asks for the whole schema needs 15. */
  depth: 15,
  /** Of fields in the answer, if every list is as long as was asked for. */
  cost: 50_000,
  aliases: 50,
  directives: 50,
  fragments: 100,
  /** Of fields of one name in one object: validation compares each with each. */
  repetitions: 30,
  /** Of selections, where a fragment counts each time that it is spread. */
  selections: 3_000,
} as const;

type Limit = keyof typeof DOCUMENT_LIMITS;

/** How long a list without a page is taken to be: the people in a room, the reactions under a message. */
const UNPAGED_LIST = 5;
const PAGE_ARGUMENTS = ['first', 'last', 'limit'];

const tooMuch = (limit: Limit, what: string) =>
  new ParleyError('BAD_USER_INPUT', `The document ${what}: at most ${DOCUMENT_LIMITS[limit]}`);

/** The fields that make up one field of the answer. */
interface Group {
  definition: GraphQLField<unknown, unknown> | undefined;
  nodes: FieldNode[];
}

/**
 * Walks a document as its execution would, in time that the limits bound: what is merged there is merged here, and no fragment is
 * trusted to be small, or to end. It comes before the rules of the specification, of which one is quadratic.
 */
class Meter {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly spread = new Set<string>();
  private selections = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly document: DocumentNode,
  ) {}

  check(): void {
    this.count();
    let cost = 0;
    for (const definition of this.document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      cost = Math.max(cost, this.costOf([definition.selectionSet], this.schema.getRootType(definition.operation) ?? undefined, 1, null));
    }
    if (cost > DOCUMENT_LIMITS.cost) throw tooMuch('cost', `may give ${cost} fields, so ask for shorter lists`);
    // Nobody uses them, but the rules would read them.
    for (const { name, typeCondition, selectionSet } of this.fragments.values()) {
      if (!this.spread.has(name.value)) this.costOf([selectionSet], this.typeNamed(typeCondition.name.value), 1, null);
    }
  }

  private count(): void {
    let aliases = 0;
    let directives = 0;
    visit(this.document, {
      Field: ({ alias }) => {
        if (alias && ++aliases > DOCUMENT_LIMITS.aliases) throw tooMuch('aliases', 'has too many aliases');
      },
      Directive: () => {
        if (++directives > DOCUMENT_LIMITS.directives) throw tooMuch('directives', 'has too many directives');
      },
      FragmentDefinition: (fragment) => {
        this.fragments.set(fragment.name.value, fragment);
        if (this.fragments.size > DOCUMENT_LIMITS.fragments) throw tooMuch('fragments', 'has too many fragments');
      },
    });
  }

  /** @param page how many were asked for, when these are the fields of a page */
  private costOf(sets: SelectionSetNode[], type: GraphQLNamedType | undefined, depth: number, page: number | null): number {
    if (depth > DOCUMENT_LIMITS.depth) throw tooMuch('depth', 'is nested too deeply');
    const groups = new Map<string, Group>();
    const spread = new Set<string>();
    for (const set of sets) this.collect(set, type, groups, spread);

    let cost = 0;
    for (const { definition, nodes } of groups.values()) {
      const inner = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      const asked = definition && nodes[0] ? pageOf(definition, nodes[0]) : null;
      const isList = definition !== undefined && inner.length > 0 && isListType(getNullableType(definition.type));
      const innerCost =
        inner.length > 0 ? this.costOf(inner, definition && getNamedType(definition.type), depth + 1, isList ? null : asked) : 0;
      cost += (isList ? (asked ?? page ?? UNPAGED_LIST) : 1) * (1 + innerCost);
    }
    return cost;
  }

  private collect(set: SelectionSetNode, type: GraphQLNamedType | undefined, groups: Map<string, Group>, spread: Set<string>): void {
    for (const selection of set.selections) {
      if (++this.selections > DOCUMENT_LIMITS.selections) throw tooMuch('selections', 'selects too much');
      if (selection.kind === Kind.FIELD) {
        const name = `${type?.name}.${(selection.alias ?? selection.name).value}`;
        const group = groups.get(name) ?? { definition: this.definitionOf(type, selection), nodes: [] };
        groups.set(name, group);
        if (group.nodes.push(selection) > DOCUMENT_LIMITS.repetitions) throw tooMuch('repetitions', 'repeats a field too often');
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const { typeCondition, selectionSet } = selection;
        this.collect(selectionSet, typeCondition ? this.typeNamed(typeCondition.name.value) : type, groups, spread);
      } else {
        const { value } = selection.name;
        const fragment = this.fragments.get(value);
        if (!fragment || spread.has(value)) continue;
        spread.add(value);
        this.spread.add(value);
        this.collect(fragment.selectionSet, this.typeNamed(fragment.typeCondition.name.value), groups, spread);
      }
    }
  }

  /** Of none where the schema tells of itself: a rule of graphql-js bounds those lists. */
  private definitionOf(type: GraphQLNamedType | undefined, { name }: FieldNode): Group['definition'] {
    return type && (isObjectType(type) || isInterfaceType(type)) ? type.getFields()[name.value] : undefined;
  }

  private typeNamed(name: string): GraphQLNamedType | undefined {
    return this.schema.getType(name);
  }
}

/** How many a field asks for; null where it has no pages. A variable may be anything, and what is too much the field itself refuses. */
function pageOf({ args }: GraphQLField<unknown, unknown>, { arguments: given = [] }: FieldNode): number | null {
  if (!args.some(({ name }) => PAGE_ARGUMENTS.includes(name))) return null;
  const sizes = given.flatMap(({ name, value }) => {
    if (!PAGE_ARGUMENTS.includes(name.value) || value.kind === Kind.NULL) return [];
    return value.kind === Kind.INT ? Math.min(Math.max(Number(value.value), 1), MAX_PAGE) : MAX_PAGE;
  });
  return sizes.length > 0 ? Math.max(...sizes) : DEFAULT_PAGE;
}

/** @throws BAD_USER_INPUT for a document that asks for too much, whether it fits the schema or not */
export function checkSize(schema: GraphQLSchema, document: DocumentNode): void {
  new Meter(schema, document).check();
}
