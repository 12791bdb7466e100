import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getNamedType,
  getOperationAST,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { isPerViewer } from '../../common/graphql/per-viewer.js';

/** Whose results can be shared, by the type of the event; and what of the variables they depend on. */
export interface Plan {
  rootField: string;
  sharedTypes: ReadonlySet<string>;
  variables: readonly string[];
}

/** Null when nothing can be shared. */
export function makePlan(schema: GraphQLSchema, document: DocumentNode, operationName: string | null): Plan | null {
  const root = getOperationAST(document, operationName)?.selectionSet.selections[0];
  const field = root?.kind === Kind.FIELD ? schema.getSubscriptionType()?.getFields()[root.name.value] : undefined;
  if (root?.kind !== Kind.FIELD || !root.selectionSet || !field) return null;
  const fragments = new Map(
    document.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])),
  );
  const { selectionSet } = root;
  const depends = new Walk(schema, fragments);
  const types = possibleTypes(schema, getNamedType(field.type)).filter((type) => !depends.onViewer(selectionSet, type));
  const variables = new Set<string>();
  const note = { Variable: (node: { name: { value: string } }) => void variables.add(node.name.value) };
  visit(selectionSet, note);
  for (const fragment of fragments.values()) visit(fragment, note);
  return { rootField: root.name.value, sharedTypes: new Set(types.map((type) => type.name)), variables: [...variables] };
}

function possibleTypes(schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLObjectType[] {
  if (isAbstractType(type)) return schema.getPossibleTypes(type);
  return isObjectType(type) ? [type] : [];
}

/** Looks for fields that depend on the viewer, in what is selected of a type. Documents have no cycles: they were validated. */
class Walk {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {}

  onViewer({ selections }: SelectionSetNode, type: GraphQLObjectType): boolean {
    return selections.some((selection) => {
      if (selection.kind === Kind.FIELD) {
        const field = type.getFields()[selection.name.value];
        if (!field) return false; // __typename
        if (isPerViewer(field)) return true;
        const { selectionSet } = selection;
        return (
          selectionSet !== undefined &&
          possibleTypes(this.schema, getNamedType(field.type)).some((each) => this.onViewer(selectionSet, each))
        );
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? this.fragments.get(selection.name.value) : selection;
      if (!fragment) return false;
      const condition = fragment.typeCondition && this.schema.getType(fragment.typeCondition.name.value);
      const applies = !condition || possibleTypes(this.schema, condition).includes(type);
      return applies && this.onViewer(fragment.selectionSet, type);
    });
  }
}
