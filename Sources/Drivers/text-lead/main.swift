// The driver text-lead: first sentences and frequent words; instant, cheap, modest.

import CAMDriverKit
import TextService

await LeadService.service.driver(name: LeadService.name, slots: LeadService.slots).runProgram()
