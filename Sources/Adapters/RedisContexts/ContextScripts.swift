// The Lua that runs inside Redis: each operation is one script, so it is atomic and one round trip. All keys of a
// context carry the same hash tag, so a script stays in one slot.

/// One script: loaded once for a connection, called by its hash, sent whole where the server has forgotten it.
enum ContextScript: Int, CaseIterable {
    case store = 0
    case recall = 1
    case list = 2

    var text: String {
        switch self {
        case .store: Self.storeText
        case .recall: Self.recallText
        case .list: Self.listText
        }
    }

    // What a context is made of, C being its hashed name:
    //   cam1:{C}h    hash: hashed key -> head (newest version, oldest kept, expiry: 8 bytes each; then the sealed entry).
    //                Its empty field is the highest version of any key that was removed: numbers are not used twice.
    //   cam1:{C}o    sorted set: the hashed keys in their order, for listing
    //   cam1:{C}x    sorted set: by expiry, "hashed key:oldest:newest" of keys that end, so that they are swept away
    //   cam1:{C}vK:n string: the record of version n of the hashed key K
    // That something has ended is believed only when its sealed entry says so too: scripts hand ended ones out as well.
    // Writes that need memory come first: a full store refuses the script's first write, before anything has changed.

    private static let storeText = """
        -- KEYS: heads, order, endings, record of the proposed version
        -- ARGV: hashed key, proposed version, if_version or '', now, expiry or 0, sealed entry, record, prefix of records
        local heads, order, endings = KEYS[1], KEYS[2], KEYS[3]
        local key, proposed = ARGV[1], tonumber(ARGV[2])
        local now, expiry = tonumber(ARGV[4]), tonumber(ARGV[5])
        local newest = tonumber(redis.call('HGET', heads, '') or '') or 0
        local current, oldest, ending = 0, proposed, nil
        local head = redis.call('HGET', heads, key)
        if head then
          if #head < 24 then return {'damaged'} end
          local version, first, ends = struct.unpack('>I8I8I8', head)
          if version > newest then newest = version end
          if ends == 0 or ends > now then
            current, oldest = version, first
            if ends > 0 then ending = string.format('%s:%.0f:%.0f', key, first, version) end
          end
        end
        local conflicts = ARGV[3] ~= '' and tonumber(ARGV[3]) ~= current
        if conflicts or proposed <= newest then
          if head and string.sub(head, 25) == ARGV[6] then return {'stored'} end
          if redis.call('GET', KEYS[4]) == ARGV[7] then return {'stored'} end
          if conflicts then return {'conflict', current} end
          return {'stale', newest + 1}
        end

        if expiry > 0 then
          redis.call('SET', KEYS[4], ARGV[7], 'PX', string.format('%.0f', math.max(expiry - now, 0) + 1000))
        else
          redis.call('SET', KEYS[4], ARGV[7])
        end
        redis.call('HSET', heads, key, struct.pack('>I8I8I8', proposed, oldest, expiry) .. ARGV[6])
        redis.call('ZADD', order, 0, key)
        if ending then redis.call('ZREM', endings, ending) end
        if expiry > 0 then
          redis.call('ZADD', endings, ARGV[5], string.format('%s:%.0f:%.0f', key, oldest, proposed))
        end

        local budget = 64
        for _, member in ipairs(redis.call('ZRANGEBYSCORE', endings, '-inf', ARGV[4], 'LIMIT', 0, 8)) do
          local name, first, last = string.match(member, '^(.-):(%d+):(%d+)$')
          redis.call('ZREM', endings, member)
          if name then
            first, last = tonumber(first), tonumber(last)
            while first <= last and budget > 0 do
              redis.call('UNLINK', string.format('%s%s:%.0f', ARGV[8], name, first))
              first, budget = first + 1, budget - 1
            end
            if first <= last then
              redis.call('ZADD', endings, ARGV[4], string.format('%s:%.0f:%.0f', name, first, last))
              break
            end
            local ended = redis.call('HGET', heads, name)
            if ended and #ended >= 24 and (struct.unpack('>I8', ended)) == last then
              redis.call('HDEL', heads, name)
              redis.call('ZREM', order, name)
              local floor = tonumber(redis.call('HGET', heads, '') or '') or 0
              if last > floor then redis.call('HSET', heads, '', string.format('%.0f', last)) end
            end
          end
        end
        return {'stored'}
        """

    private static let recallText = """
        -- KEYS: heads, the records of the key without their numbers
        -- ARGV: hashed key, version or '', now
        local head = redis.call('HGET', KEYS[1], ARGV[1])
        if not head then return {'none', 0} end
        if #head < 24 then return {'damaged'} end
        local now = tonumber(ARGV[3])
        local version, oldest, ends = struct.unpack('>I8I8I8', head)
        if ends ~= 0 and ends <= now then return {'ended', head} end
        local wanted = version
        if ARGV[2] ~= '' then wanted = tonumber(ARGV[2]) end
        if wanted > version or wanted < oldest then return {'none', version} end
        local record = redis.call('GET', string.format('%s:%.0f', KEYS[2], wanted))
        if wanted < version then
          if record then return {'older', record} end
          return {'none', version}
        end
        if record then return {'newest', head, record} end
        return {'lost', head}
        """

    private static let listText = """
        -- KEYS: heads, order
        -- ARGV: after or '', count
        local from, count = '-', tonumber(ARGV[2])
        if ARGV[1] ~= '' then from = '(' .. ARGV[1] end
        local keys = redis.call('ZRANGEBYLEX', KEYS[2], from, '+', 'LIMIT', 0, count + 1)
        local more = 0
        if #keys > count then
          more = 1
          keys[#keys] = nil
        end
        if #keys == 0 then return {'listed', 0, ''} end
        local heads = redis.call('HMGET', KEYS[1], unpack(keys))
        local reply = {'listed', more, keys[#keys]}
        for i, key in ipairs(keys) do
          reply[#reply + 1] = key
          reply[#reply + 1] = heads[i] or ''
        end
        return reply
        """
}
