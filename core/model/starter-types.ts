/**
 * Record types to begin with. Their ids are fixed, so that two laptops that both began with "Inspection" share one type
 * once they meet (M1) instead of having two of the same name.
 */
import type { Field, FieldKind, RecordType } from './record-type.ts'

type Draft = readonly [
  label: string,
  kind: FieldKind,
  more?: Partial<Omit<Field, 'id' | 'label' | 'kind' | 'choices'>>,
  choices?: readonly string[],
]

export const STARTER_TYPES: readonly RecordType[] = [
  starter('Inspection', 'clipboard-check', [
    ['Site', 'text', { required: true }],
    ['Date', 'date', { required: true }],
    ['Inspector', 'text'],
    ['Result', 'choice', {}, ['Passed', 'Passed with remarks', 'Failed']],
    ['Findings', 'choices', {}, ['Corrosion', 'Leak', 'Missing guard', 'Wiring', 'Labelling', 'Housekeeping']],
    ['Notes', 'longText'],
    ['Follow-up by', 'date'],
    ['Location', 'location'],
    ['Photos', 'files'],
    ['Last edited by', 'lastEditedBy'],
  ]),
  starter('Sample', 'test-tube', [
    ['Label', 'text', { required: true }],
    ['Taken at', 'dateTime', { required: true }],
    ['Matrix', 'choice', {}, ['Water', 'Soil', 'Sediment', 'Air', 'Tissue']],
    ['Temperature', 'number', { unit: '°C', decimals: 1 }],
    ['pH', 'number', { decimals: 2 }],
    ['Depth', 'number', { unit: 'm', decimals: 1 }],
    ['Preserved', 'checkbox'],
    ['Location', 'location'],
    ['Remarks', 'longText'],
  ]),
  starter('Pump', 'gauge', [
    ['Name', 'text', { required: true }],
    ['Serial number', 'text'],
    ['State', 'choice', {}, ['Running', 'Standby', 'Out of order']],
    ['Flow', 'number', { unit: 'm³/h', decimals: 1 }],
    ['Pressure', 'number', { unit: 'bar', decimals: 1 }],
    ['Last serviced', 'date'],
    ['Needs service', 'checkbox'],
    ['Manual', 'url'],
    ['Notes', 'longText'],
  ]),
  starter('Visit', 'stethoscope', [
    ['Name', 'text', { required: true }],
    ['When', 'dateTime', { required: true }],
    ['Reason', 'choice', {}, ['First visit', 'Follow-up', 'Vaccination', 'Emergency']],
    ['Phone', 'phone'],
    ['E-mail', 'email'],
    ['Weight', 'number', { unit: 'kg', decimals: 1 }],
    ['Consent given', 'checkbox'],
    ['Notes', 'longText'],
    ['Next visit', 'date'],
  ]),
]

function starter(name: string, icon: string, drafts: readonly Draft[]): RecordType {
  const fields = drafts.map(([label, kind, more = {}, choices]): Field => {
    const field = { id: readableId(label), kind, label, ...more }
    if (choices === undefined) return field
    return { ...field, choices: choices.map(choice => ({ id: readableId(choice), label: choice })) }
  })
  return { id: readableId(`starter ${name}`), name, icon, fields }
}

/** 26 base32 digits like any other id, but with the name in front. */
function readableId(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z2-7]/g, '')
    .slice(0, 26)
    .padEnd(26, 'a')
}
