import { Extensions } from '@nestjs/graphql';

const KEY = 'perViewer';

/** A field whose value depends on who asks: an event in which it is selected is executed for each listener, not once for all. */
export const PerViewer = (): MethodDecorator & PropertyDecorator => Extensions({ [KEY]: true });

export const isPerViewer = (field: { extensions: Readonly<Record<string, unknown>> }): boolean => field.extensions[KEY] === true;
