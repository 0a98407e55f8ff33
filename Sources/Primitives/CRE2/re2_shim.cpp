// The shim around RE2: one table of compiled expressions behind a mutex, the least recently used leave first.

#include "re2_shim.h"

#include <re2/re2.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

// What an expression may take, its program and what it remembers of texts together. Nearly all are of the small size; a
// larger program would have too little room there for the states that make matching fast.
constexpr int64_t small_bytes = 512 << 10;
constexpr int64_t large_bytes = 8 << 20;
constexpr int small_size = 300;
// Weights stand for those bytes, so that what nobody keeps is at most 64 MiB.
constexpr size_t small_weight = 1;
constexpr size_t large_weight = large_bytes / small_bytes;
constexpr size_t weight_max = 128;
// Go's regexp has no \C, and texts of bytes are no strings.
constexpr char byte_escape[] = "invalid escape sequence: \\C";

}  // namespace

struct cam_re2 {
    RE2 compiled;
    std::string pattern;
    size_t weight;
    mutable std::atomic<int> holders{1};
    // Under the cache's mutex.
    mutable int keepers = 0;
    mutable std::list<const cam_re2 *>::iterator place;

    cam_re2(const std::string &rewritten, const RE2::Options &options, std::string_view original, size_t weight)
        : compiled(rewritten, options), pattern(original), weight(weight) {}
};

namespace {

void let_go(const cam_re2 *expression) {
    if (expression->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete expression;
}

class Cache {
public:
    const cam_re2 *find(std::string_view pattern, bool keep) {
        std::lock_guard<std::mutex> lock(mutex);
        auto found = table.find(pattern);
        if (found == table.end()) return nullptr;
        take(found->second, keep);
        return found->second;
    }

    // The expression that is in the table afterwards, which may be the one another thread put there meanwhile.
    const cam_re2 *insert(std::unique_ptr<const cam_re2> made, bool keep) {
        std::lock_guard<std::mutex> lock(mutex);
        auto [entry, is_new] = table.try_emplace(made->pattern, made.get());
        if (is_new) {
            const cam_re2 *expression = made.release();
            recent.push_front(expression);
            expression->place = recent.begin();
            weight += expression->weight;
        }
        const cam_re2 *expression = entry->second;
        take(expression, keep);
        shrink();
        return expression;
    }

    void stop_keeping(const cam_re2 *expression) {
        std::lock_guard<std::mutex> lock(mutex);
        if (--expression->keepers > 0) return;
        recent.push_front(expression);
        expression->place = recent.begin();
        weight += expression->weight;
        shrink();
    }

    size_t unkept() {
        std::lock_guard<std::mutex> lock(mutex);
        return recent.size();
    }

private:
    // One more holder. What is kept stands outside of the order of use, and has no weight there.
    void take(const cam_re2 *expression, bool keep) {
        expression->holders.fetch_add(1, std::memory_order_relaxed);
        if (keep && expression->keepers++ == 0) {
            recent.erase(expression->place);
            weight -= expression->weight;
        } else if (expression->keepers == 0) {
            recent.splice(recent.begin(), recent, expression->place);
        }
    }

    void shrink() {
        while (weight > weight_max && !recent.empty()) {
            const cam_re2 *oldest = recent.back();
            recent.pop_back();
            weight -= oldest->weight;
            table.erase(oldest->pattern);
            let_go(oldest);
        }
    }

    std::mutex mutex;
    // The keys are the patterns of the expressions themselves.
    std::unordered_map<std::string_view, const cam_re2 *> table;
    std::list<const cam_re2 *> recent;
    size_t weight = 0;
};

// Never destroyed: another thread may still be evaluating when the process ends.
Cache &cache() {
    static Cache *shared = new Cache;
    return *shared;
}

// Go reads (?<name>…) as (?P<name>…), which this RE2 does not yet; and it refuses \C. False for the latter.
bool rewrite(std::string_view pattern, std::string &rewritten) {
    bool in_class = false;
    for (size_t at = 0; at < pattern.size(); at++) {
        std::string_view rest = pattern.substr(at);
        if (rest.substr(0, 2) == "\\Q" && !in_class) {
            size_t end = pattern.find("\\E", at);
            size_t count = end == std::string_view::npos ? rest.size() : end + 2 - at;
            rewritten += rest.substr(0, count);
            at += count - 1;
        } else if (rest[0] == '\\') {
            if (rest.substr(0, 2) == "\\C") return false;
            rewritten += rest.substr(0, 2);
            at++;
        } else if (in_class) {
            // [:alpha:] is a name within a class and does not end it.
            size_t end = rest.substr(0, 2) == "[:" ? rest.find(":]", 2) : std::string_view::npos;
            size_t count = end == std::string_view::npos ? 1 : end + 2;
            in_class = rest[0] != ']';
            rewritten += rest.substr(0, count);
            at += count - 1;
        } else if (rest[0] == '[') {
            // A bracket right after the opening one, or after its negation, stands for itself.
            size_t count = rest.substr(0, 2) == "[^" ? 2 : 1;
            if (rest.size() > count && rest[count] == ']') count++;
            rewritten += rest.substr(0, count);
            at += count - 1;
            in_class = true;
        } else if (rest.substr(0, 3) == "(?<") {
            rewritten += "(?P<";
            at += 2;
        } else {
            rewritten += rest[0];
        }
    }
    return true;
}

std::unique_ptr<const cam_re2> compile(
    const std::string &rewritten, std::string_view original, int64_t memory, size_t weight) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(memory);
    return std::make_unique<const cam_re2>(rewritten, options, original, weight);
}

void explain(std::string_view reason, char *message, size_t message_max) {
    if (message_max == 0) return;
    size_t count = std::min(reason.size(), message_max - 1);
    std::memcpy(message, reason.data(), count);
    message[count] = 0;
}

}  // namespace

const cam_re2 *cam_re2_take(
    const char *pattern, size_t pattern_count, bool keep, int *failure, char *message, size_t message_max) {
    std::string_view original(pattern, pattern_count);
    if (const cam_re2 *known = cache().find(original, keep)) return known;
    std::string rewritten;
    if (!rewrite(original, rewritten)) {
        *failure = CAM_RE2_SYNTAX;
        explain(byte_escape, message, message_max);
        return nullptr;
    }
    auto made = compile(rewritten, original, small_bytes, small_weight);
    if (made->compiled.error_code() == RE2::ErrorPatternTooLarge || made->compiled.ProgramSize() > small_size) {
        made = compile(rewritten, original, large_bytes, large_weight);
    }
    if (!made->compiled.ok()) {
        *failure = made->compiled.error_code() == RE2::ErrorPatternTooLarge ? CAM_RE2_TOO_LARGE : CAM_RE2_SYNTAX;
        explain(made->compiled.error(), message, message_max);
        return nullptr;
    }
    return cache().insert(std::move(made), keep);
}

void cam_re2_release(const cam_re2 *expression, bool kept) {
    if (kept) cache().stop_keeping(expression);
    let_go(expression);
}

int cam_re2_size(const cam_re2 *expression) { return expression->compiled.ProgramSize(); }

int cam_re2_groups(const cam_re2 *expression) { return expression->compiled.NumberOfCapturingGroups(); }

int cam_re2_group_named(const cam_re2 *expression, const char *name, size_t name_count) {
    const auto &groups = expression->compiled.NamedCapturingGroups();
    auto found = groups.find(std::string(name, name_count));
    return found == groups.end() ? -1 : found->second;
}

bool cam_re2_search(
    const cam_re2 *expression, const char *text, size_t text_count, size_t start, cam_re2_span *spans,
    size_t span_count) {
    // Nearly all expressions have few groups.
    re2::StringPiece few[8];
    std::vector<re2::StringPiece> many(span_count > 8 ? span_count : 0);
    re2::StringPiece *groups = span_count > 8 ? many.data() : few;
    // A text without bytes may have no address, and a group without address is one that took no part.
    re2::StringPiece whole(text == nullptr ? "" : text, text_count);
    if (!expression->compiled.Match(
            whole, start, text_count, RE2::UNANCHORED, groups, static_cast<int>(span_count))) {
        return false;
    }
    for (size_t index = 0; index < span_count; index++) {
        const re2::StringPiece &group = groups[index];
        int64_t first = group.data() == nullptr ? -1 : group.data() - whole.data();
        spans[index] = {first, first < 0 ? -1 : first + static_cast<int64_t>(group.size())};
    }
    return true;
}

size_t cam_re2_cached(void) { return cache().unkept(); }
