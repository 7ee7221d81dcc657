// Names for the bodies and answers of the service's OpenAPI document, which schema.d.ts spells out.
import type { components } from './schema'

type Schemas = components['schemas']

export type Account = Schemas['AccountSummary']
/** A button of a help or an answer. */
export type Action = Schemas['ActionAnswer']
export type Authorisation = Schemas['Authorisation']
export type BotAnswer = Schemas['AskAnswer']
export type CalendarDay = Schemas['CalendarDay']
export type CatalogueSummary = Schemas['CatalogueSummary']
/** Why the service refused a call. */
export type Code = Schemas['Problem']['code']
export type CodePurpose = Schemas['CodeRequest']['purpose']
export type Consent = Schemas['Consent']
export type ConsentKey = Schemas['SeparateConsent']['key']
export type CheckedName = Schemas['CandidateAnswer']
export type CheckedNames = Schemas['CheckAnswer']
export type ConsentText = Schemas['ConsentTextAnswer']
export type Conversation = Schemas['OwnConversation']
export type FaceChallenge = Schemas['FaceChallenge']
export type GivenCheck = Schemas['GivenCheck']
export type Handover = Schemas['HandoverAnswer']
export type HandoverOpening = Schemas['OpenHandoverBody']
/** Its actions carry their target as those of answers do. */
export type Help = Omit<Schemas['Help'], 'actions'> & { actions: Action[] }
export type Matter = Schemas['OwnMatter']
export type MatterItem = Schemas['MatterItem']
export type MatterLine = Schemas['OwnLine']
export type NameChange = Schemas['ChangeAnswer']
export type NameCut = Schemas['CutAnswer']
export type NameFinding = CheckedName['findings'][number]
export type NameParts = Schemas['PartsAnswer']
/** A window as any answer describes it. */
export type Office = Omit<Schemas['PlaceAnswer'], 'open_today'> & { open_today?: boolean }
export type OpenedHandover = Schemas['OpenedHandover']
export type Operator = Schemas['OperatorAnswer']
export type PersonalData = Schemas['PersonalData']
export type Receipt = Schemas['Receipt']
export type ReportBody = Schemas['ReportBody']
export type LastCode = Schemas['LastCode']
export type RequestedCode = Schemas['RequestedCode']
export type ServiceWindow = Schemas['Window']
export type SubscriptionOffer = Schemas['SubscriptionOffer']
export type SwitchChange = Schemas['AuthorizationSwitch']
export type SwitchReason = Schemas['Authorisation']['reason']
export type Ticket = Schemas['Ticket']
export type TicketBody = Schemas['UserTicketBody']
