import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gtinCheckDigit } from '../../src/core/trade/gtin.ts'

export interface ImportBenchResult {
  readonly bench: 'import'
  readonly rows: number
  /** From opening the file to the summary, every offer built, checked and in canonical form. */
  readonly rowsPerSecond: number
  /** Peak resident memory of the process that imports. */
  readonly peakMiB: number
}

/**
 * Imports a table of so many made-up products in a process of its own, as `mosaic catalog import --dry-run` does, and
 * prints one line of JSON. The table is written to a temporary folder first and removed afterwards.
 */
export async function benchImport(options: {
  readonly rows: number
  readonly json: boolean
}): Promise<ImportBenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mosaic-bench-'))
  try {
    const file = join(folder, 'catalog.csv')
    await writeCatalog(file, options.rows)
    const { seconds, peakMiB, taken } = await importInChild(file)
    if (taken !== options.rows) throw new Error(`the import took ${taken} of ${options.rows} rows`)
    const result: ImportBenchResult = {
      bench: 'import',
      rows: options.rows,
      rowsPerSecond: Math.round(options.rows / seconds),
      peakMiB: Math.round(peakMiB),
    }
    console.log(
      options.json
        ? JSON.stringify(result)
        : `import: ${result.rows} rows, ${result.rowsPerSecond} rows/s, peak ${result.peakMiB} MiB`,
    )
    return result
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const kinds = ['Hammer', 'Kombizange', 'Schraubendreher', 'Wasserwaage', 'Stechbeitel', 'Hobel', 'Säge']
const qualities = ['geschmiedet', 'verchromt', 'mit Holzgriff', 'isoliert bis 1.000 V', 'für Linkshänder']
const brands = ['Bankhaken', 'Drallwerk', 'Töpferhof', 'Lind & Sohn', 'Fernpfad']

/** Some 260 bytes a row, German, so with umlauts in most of them. */
function row(index: number): string {
  const kind = kinds[index % kinds.length] as string
  const quality = qualities[(index >> 3) % qualities.length] as string
  const digits = `952${String(index).padStart(9, '0')}`
  const text = `${kind} ${quality}, Ausführung ${index % 997}. Liegt gut in der Hand und hält ein Leben lang.`
  const price = `${(index % 400) + 1},${String(index % 100).padStart(2, '0')}`
  return `W-${index};"${kind} ${index % 60} mm, ${quality}";"${text}";${brands[index % brands.length]};${digits}${gtinCheckDigit(digits)};${price};${index % 50};Werkzeug > ${kind};https://shop.example/bilder/${index}.jpg;${(index % 90) + 10};19\n`
}

async function writeCatalog(file: string, rows: number): Promise<void> {
  const out = createWriteStream(file)
  out.write(
    'Artikelnummer;Bezeichnung;Beschreibung;Hersteller;EAN;Preis;Bestand;Kategorie;Bild;Gewicht (g);MwSt\n',
  )
  for (let index = 0; index < rows; ) {
    let block = ''
    for (const end = Math.min(rows, index + 1_000); index < end; index++) block += row(index)
    if (!out.write(block)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'close')
}

async function importInChild(file: string): Promise<{ seconds: number; peakMiB: number; taken: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'import.child.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`the import ended with ${code}`)
  return JSON.parse(text)
}
