import { type GraphQLResolveInfo, Kind } from 'graphql';

/** Whether nothing but these fields is asked of the answer. Fragments are not looked into: with one the answer is no. */
export const asksOnlyFor = ({ fieldNodes }: Pick<GraphQLResolveInfo, 'fieldNodes'>, fields: ReadonlySet<string>): boolean =>
  fieldNodes.every(({ selectionSet }) =>
    selectionSet?.selections.every((selection) => selection.kind === Kind.FIELD && fields.has(selection.name.value)),
  );
