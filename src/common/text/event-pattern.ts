/** "order.place", all of something as "order.*", or "*". */
export const EVENT_PATTERN = /^(\*|[a-z][a-zA-Z_]{0,39}\.(\*|[a-zA-Z][a-zA-Z._]{0,59}))$/;

/** Whether one of the patterns means this type. */
export const wants = (patterns: readonly string[], type: string): boolean =>
  patterns.some((pattern) => pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))));
