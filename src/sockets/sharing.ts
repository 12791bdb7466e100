import {
  type DocumentNode,
  type ExecutionResult,
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
import { isPerViewer } from '../common/per-viewer.js';

/** How an event reaches many streams: what is inside is one object for all of them, the envelope is each stream's own. */
export interface Envelope {
  /** What of the viewer the result depends on: streams that differ in it share nothing. */
  scope?: string;
}

/** Whose results can be shared, by the type of the event; and what of the variables they depend on. */
interface Plan {
  rootField: string;
  sharedTypes: ReadonlySet<string>;
  variables: readonly string[];
}

type Execute = () => Promise<ExecutionResult> | ExecutionResult;

/**
 * One execution per event for all subscriptions with the same document, wherever nothing in it depends on the viewer. The arguments of
 * the subscription itself (where it resumes) do not matter to what an event looks like.
 */
export class Sharing {
  private readonly plans = new WeakMap<DocumentNode, Map<string | null, Plan | null>>();
  private readonly results = new WeakMap<object, Map<string, ReturnType<Execute>>>();
  /** Of what is shared; null until somebody wants it. */
  private readonly texts = new WeakMap<ExecutionResult, string | null>();
  private readonly ids = new WeakMap<DocumentNode, number>();
  private nextId = 0;

  constructor(private readonly schema: GraphQLSchema) {}

  /** The result for this event, made by `execute` unless somebody else has made it. */
  run(
    operation: { document: DocumentNode; operationName: string | null; variables: Readonly<Record<string, unknown>> },
    envelope: unknown,
    execute: Execute,
  ): ReturnType<Execute> {
    const { document, operationName, variables } = operation;
    const plan = this.planOf(document, operationName);
    const event = plan && (envelope as Record<string, unknown>)[plan.rootField];
    if (!plan || typeof event !== 'object' || event === null || !plan.sharedTypes.has(event.constructor.name)) return execute();
    const key = JSON.stringify([
      this.idOf(document),
      operationName,
      (envelope as Envelope).scope,
      plan.variables.map((name) => variables[name]),
    ]);
    const results = this.results.get(event) ?? new Map<string, ReturnType<Execute>>();
    this.results.set(event, results);
    let result = results.get(key);
    if (!result) results.set(key, (result = this.share(execute())));
    return result;
  }

  /** Made once for all who share this result. Undefined when it is one stream's own, or has errors: those differ in their trace. */
  jsonOf(result: ExecutionResult): string | undefined {
    let json = this.texts.get(result);
    if (json === null) this.texts.set(result, (json = JSON.stringify(result)));
    return json;
  }

  private async share(execution: ReturnType<Execute>): Promise<ExecutionResult> {
    const result = await execution;
    if (!result.errors) this.texts.set(result, null);
    return result;
  }

  private idOf(document: DocumentNode): number {
    let id = this.ids.get(document);
    if (id === undefined) this.ids.set(document, (id = this.nextId++));
    return id;
  }

  private planOf(document: DocumentNode, operationName: string | null): Plan | null {
    const plans = this.plans.get(document) ?? new Map<string | null, Plan | null>();
    this.plans.set(document, plans);
    let plan = plans.get(operationName);
    if (plan === undefined) plans.set(operationName, (plan = makePlan(this.schema, document, operationName)));
    return plan;
  }
}

function makePlan(schema: GraphQLSchema, document: DocumentNode, operationName: string | null): Plan | null {
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
