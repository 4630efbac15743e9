import { type ChildProcess, fork } from 'node:child_process'

/** What a process of the bench does when its parent asks. */
export type Methods = Readonly<Record<string, (args: never) => Promise<unknown>>>

type Arguments<Method> = Method extends (args: infer Args) => Promise<unknown> ? Args : never
type Result<Method> = Method extends (args: never) => Promise<infer Value> ? Value : never

/** As the launcher runs a node: src/cli/mosaic.js. */
const smallYoungGeneration = '--max-semi-space-size=2'

/** A node process that answers calls, one process for each node that is measured. */
export class BenchProcess<M extends Methods> {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', ({ id, result, error }: { id: number; result?: unknown; error?: string }) => {
      const call = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error === undefined) call?.resolve(result)
      else call?.reject(new Error(error))
    })
    child.on('exit', (code) => {
      for (const call of this.#waiting.values()) call.reject(new Error(`the process ended with ${code}`))
    })
  }

  static async start<M extends Methods>(
    file: string,
    args: readonly string[] = [],
  ): Promise<BenchProcess<M>> {
    const child = fork(file, args, {
      serialization: 'advanced',
      execArgv: ['--no-warnings', smallYoungGeneration],
      env: { ...process.env, NODE_ENV: 'production' },
    })
    await new Promise((resolve, reject) => {
      child.once('message', resolve)
      child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
    })
    return new BenchProcess<M>(child)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  call<Name extends keyof M & string>(name: Name, args: Arguments<M[Name]>): Promise<Result<M[Name]>> {
    const id = ++this.#lastId
    const call = Promise.withResolvers<unknown>()
    this.#waiting.set(id, call)
    this.#child.send({ id, name, args })
    return call.promise as Promise<Result<M[Name]>>
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await exited
  }
}

/** Answers the calls of the parent; to be called once by the child. */
export function serve(methods: Methods): void {
  process.on('message', ({ id, name, args }: { id: number; name: string; args: never }) => {
    const method = methods[name]
    if (method === undefined) throw new Error(`no method ${name}`)
    method(args).then(
      (result) => process.send?.({ id, result }),
      (error) => process.send?.({ id, error: String(error?.stack ?? error) }),
    )
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.({ ready: true })
}
