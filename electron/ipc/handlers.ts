/**
 * Turns typed handlers into the tables that serve() looks names up in: every input passes its schema first. Handlers get
 * parsed values and never the event, the port or the page.
 */
import type { Observable } from 'rxjs'
import * as v from 'valibot'
import type { CallAnswer, CallInput, CallName, FeedFrame, FeedInput, FeedName } from '../../core/model/api.ts'
import type { Failure } from '../../core/model/failure.ts'
import { CALL_SCHEMAS, FEED_SCHEMAS } from './schemas.ts'
import type { CallTable, Feed, FeedTable } from './serve.ts'

export type CallHandlers = { readonly [N in CallName]: (input: CallInput<N>) => Promise<CallAnswer<N>> }
export type FeedHandlers = { readonly [N in FeedName]: (input: FeedInput<N>) => Feed<FeedFrame<N>> }

/** `toFailure` answers what a person can do something about; everything else is a bug, and goes on being thrown. */
export function callTable(
  handlers: CallHandlers,
  toFailure: (error: unknown) => Failure | undefined = () => undefined,
): CallTable {
  const entry = <N extends CallName>(name: N) => {
    // The schema of N answers N's input: checked where the schemas are made, lost by TypeScript in the lookup.
    const schema = CALL_SCHEMAS[name] as v.GenericSchema<unknown, CallInput<N>>
    return (input: unknown) => {
      const parsed = v.safeParse(schema, input, { abortEarly: true })
      if (!parsed.success) return undefined
      return async () => {
        try {
          return await handlers[name](parsed.output)
        } catch (error) {
          const failure = toFailure(error)
          if (failure === undefined) throw error
          return { ok: false, failure }
        }
      }
    }
  }
  return table(Object.keys(CALL_SCHEMAS) as CallName[], entry)
}

export function feedTable(handlers: FeedHandlers): FeedTable {
  const entry = <N extends FeedName>(name: N) => {
    const schema = FEED_SCHEMAS[name] as v.GenericSchema<unknown, FeedInput<N>>
    return (input: unknown): Feed<unknown> | undefined => {
      const parsed = v.safeParse(schema, input, { abortEarly: true })
      return parsed.success ? handlers[name](parsed.output) : undefined
    }
  }
  return table(Object.keys(FEED_SCHEMAS) as FeedName[], entry)
}

export function feedOf<T>(source: Observable<T>): Feed<T> {
  return (next, fail) => {
    const subscription = source.subscribe({ next, error: fail })
    return () => subscription.unsubscribe()
  }
}

function table<N extends string, E>(names: readonly N[], entry: (name: N) => E): Readonly<Record<string, E>> {
  return Object.fromEntries(names.map(name => [name, entry(name)]))
}
