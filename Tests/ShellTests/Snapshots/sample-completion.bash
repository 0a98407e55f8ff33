# bash completion for sample, made by 'sample completion bash'.
_sample() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local path="sample" kind="" words="" index word
    for ((index = 1; index < COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        case "$path $word" in
            "sample get") path="$path $word" ;;
            "sample policy") path="$path $word" ;;
            "sample policy query") path="$path $word" ;;
            "sample get --limit") ((index++)) ;;
            "sample get --share") ((index++)) ;;
            "sample get --level") ((index++)) ;;
            "sample policy query --label") ((index++)) ;;
        esac
    done
    case "$path $prev" in
        "sample get --limit") kind=none words="" ;;
        "sample get --share") kind=none words="" ;;
        "sample get --level") kind=words words="brief detailed" ;;
        "sample policy query --label") kind=none words="" ;;
    esac
    if [[ -z $kind ]]; then
        case "$path" in
            "sample") words="get policy --json -j --help -h --version" ;;
            "sample get") kind=file words="--limit --share --level --json -j --help -h" ;;
            "sample policy") words="query --json -j --help -h" ;;
            "sample policy query") kind=words words="--label --json -j --help -h" ;;
        esac
        [[ $cur == -* ]] && kind=words
    fi
    case "$kind" in
        file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null ;;
        folder) COMPREPLY=($(compgen -d -- "$cur")); compopt -o filenames 2>/dev/null ;;
        none) COMPREPLY=() ;;
        *) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
    esac
}
complete -F _sample sample
