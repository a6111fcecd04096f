/**
 * Draws the comparison as one SVG: for each operation a bar per peer on a common logarithmic scale of milliseconds, so that
 * twice as quick is the same step everywhere. Readable in light and dark, without a script.
 */

export interface PlotRow {
  readonly label: string
  /** Milliseconds by peer. */
  readonly values: { readonly [peer: string]: number }
}

export interface PlotPeer {
  readonly name: string
  readonly label: string
  /** In light and in dark. */
  readonly colours: readonly [string, string]
}

const WIDTH = 880
const LEFT = 170
const RIGHT = 70
const BAR = 11
const GAP = 16
const TOP = 104
const LEGEND_COLUMNS = 3
const STYLE = `text{font:12px system-ui,'Segoe UI',sans-serif;fill:#24292f}.quiet{fill:#57606a;font-size:11px}
  .title{font-size:15px;font-weight:600}.line{stroke:#d0d7de}
  @media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}.line{stroke:#3d444d}`

export function drawPlot(title: string, note: string, rows: readonly PlotRow[], peers: readonly PlotPeer[]): string {
  const all = rows.flatMap(row => Object.values(row.values)).filter(value => value > 0)
  const low = Math.floor(Math.log10(Math.min(...all)))
  const high = Math.ceil(Math.log10(Math.max(...all)))
  const x = (value: number) => LEFT + ((Math.log10(value) - low) / (high - low)) * (WIDTH - LEFT - RIGHT)
  const colours = peers.map(({ name, colours }) => `.${name}{fill:${colours[0]}}`).join('')
  const dark = peers.map(({ name, colours }) => `.${name}{fill:${colours[1]}}`).join('')

  const parts: string[] = []
  let y = TOP
  for (const row of rows) {
    const shown = peers.filter(peer => row.values[peer.name] !== undefined)
    parts.push(text(LEFT - 10, y + (shown.length * BAR) / 2 + 4, row.label, 'text-anchor="end"'))
    for (const { name } of shown) {
      const value = row.values[name] ?? 0
      const end = Math.max(LEFT + 1, x(value))
      parts.push(`<rect class="${name}" x="${LEFT}" y="${y}" width="${fixed(end - LEFT)}" height="${BAR - 2}"/>`)
      parts.push(text(end + 4, y + BAR - 3, format(value), 'class="quiet"'))
      y += BAR
    }
    y += GAP
  }
  const height = y + 14
  const grid = Array.from({ length: high - low + 1 }, (_, step) => {
    const value = 10 ** (low + step)
    const at = fixed(x(value))
    return (
      `<line class="line" x1="${at}" x2="${at}" y1="${TOP - 6}" y2="${height - 24}"/>` +
      text(x(value), height - 8, `${format(value)} ms`, 'class="quiet" text-anchor="middle"')
    )
  })
  const legend = peers.map(({ name, label }, index) => {
    const at = 16 + (index % LEGEND_COLUMNS) * 190
    const line = 62 + Math.floor(index / LEGEND_COLUMNS) * 18
    return `<rect class="${name}" x="${at}" y="${line - 10}" width="11" height="11"/>${text(at + 16, line, label)}`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">
<style>${colours}${STYLE}${dark}}</style>
${text(16, 24, title, 'class="title"')}
${text(16, 42, note, 'class="quiet"')}
${[...legend, ...grid, ...parts].join('\n')}
</svg>
`
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${attributes}>${escape(content)}</text>`
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function format(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)))
}
