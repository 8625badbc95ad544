# Reads the parameters that a shell action receives on standard input (parameter_format: dotenv).
#
#   . "${0%/*}/../lib/parameters.sh"
#   read_parameters message seconds
#
# sets the variables `message` and `seconds`. Parameters that are not named are passed over; those that were
# not sent leave their variable alone. The document is name='value' per parameter, where a quote inside a
# value is written '\'' and line breaks stand for themselves. So it is read from quote to quote, never from
# line to line, and nothing of it is evaluated. Builtins only: starting a process costs more than a whole
# action.
read_parameters() {
  local IFS= _outside= _name _value _part _wanted
  read -r -d "'" _outside
  while [[ -n $_outside ]]; do
    _name=${_outside#$'\n'} _name=${_name%=} _value= _outside=
    while read -r -d "'" _part; do
      _value+=$_part
      # A closing quote is followed by the next line, or by \' and the quote that opens the rest.
      read -r -d "'" _outside || _outside=
      [[ $_outside == \\ ]] || break
      _value+="'"
      read -r -d "'" _outside
    done
    for _wanted; do
      [[ $_name == "$_wanted" ]] && printf -v "$_wanted" %s "$_value"
    done
  done
  return 0
}
