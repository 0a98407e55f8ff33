// The driver text-rank: TextRank sentences and RAKE keywords; slower, dearer, better.

import CAMDriverKit
import TextService

await RankService.service.driver(name: RankService.name, slots: RankService.slots).runProgram()
