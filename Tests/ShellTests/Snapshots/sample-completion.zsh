#compdef sample
# zsh completion for sample, made by 'sample completion zsh'.

_sample() {
    local context state line
    typeset -A opt_args
    _arguments -C \
        '(-j --json)'{-j,--json}'[Print JSON.]' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '--version[Show the version.]' \
        '1: :->command' '*:: :->rest'
    case $state in
        command)
            local -a commands=(
                'get:Get a thing.'
                'policy:Ask about policy.'
            )
            _describe -t commands command commands ;;
        rest)
            case $line[1] in
                get) _sample_get ;;
                policy) _sample_policy ;;
            esac ;;
    esac
}

_sample_get() {
    _arguments \
        '--limit[Show at most so many.]:COUNT: ' \
        '--share[How much of it.]:PART: ' \
        '--level[How much to tell.]:LEVEL:(brief detailed)' \
        '(-j --json)'{-j,--json}'[Print JSON.]' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        ':NAME: ' \
        '::FILE:_files'
}

_sample_policy() {
    local context state line
    typeset -A opt_args
    _arguments -C \
        '(-j --json)'{-j,--json}'[Print JSON.]' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '1: :->command' '*:: :->rest'
    case $state in
        command)
            local -a commands=(
                'query:Ask whether something is allowed.'
            )
            _describe -t commands command commands ;;
        rest)
            case $line[1] in
                query) _sample_policy_query ;;
            esac ;;
    esac
}

_sample_policy_query() {
    _arguments \
        '*--label[Claim a label.]:NAME=VALUE: ' \
        '(-j --json)'{-j,--json}'[Print JSON.]' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '*:WORD: '
}

if [[ $funcstack[1] == _sample ]]; then
    _sample "$@"
else
    compdef _sample sample
fi
