export default function Stub(_props: object) {
  return null
}
