/** Long for anything that a story waits for, also on a machine that is busy with other things. */
const PATIENCE_MS = 30_000;

/** What is awaited has to come; who waits in vain says for what. */
export async function within<Result>(what: string, awaited: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const inVain = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${PATIENCE_MS / 1000} s in vain: ${what}`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([awaited, inVain]);
  } finally {
    clearTimeout(timer);
  }
}
