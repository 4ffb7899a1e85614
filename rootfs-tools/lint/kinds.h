KIND(ERROR)
KIND(comment)
KIND(identifier)
KIND(module)
KIND(program) KIND(import_statement) KIND(import_from_statement) KIND(aliased_import) KIND(dotted_name) KIND(
    relative_import) KIND(wildcard_import) KIND(future_import_statement) KIND(assignment) KIND(augmented_assignment)
    KIND(named_expression) KIND(call) KIND(argument_list) KIND(generator_expression) KIND(
        keyword_argument) KIND(list_splat) KIND(dictionary_splat) KIND(attribute) KIND(subscript) KIND(slice)
        KIND(string) KIND(string_start) KIND(string_content) KIND(string_end) KIND(interpolation) KIND(
            concatenated_string) KIND(format_specifier) KIND(type_conversion) KIND(binary_operator) KIND(unary_operator) KIND(not_operator)
            KIND(boolean_operator) KIND(comparison_operator) KIND(conditional_expression) KIND(lambda) KIND(lambda_parameters) KIND(function_definition) KIND(
                class_definition) KIND(decorated_definition) KIND(decorator) KIND(parameters) KIND(default_parameter) KIND(typed_parameter)
                KIND(typed_default_parameter) KIND(list_splat_pattern) KIND(dictionary_splat_pattern) KIND(for_statement) KIND(
                    while_statement) KIND(if_statement) KIND(elif_clause) KIND(else_clause) KIND(try_statement) KIND(except_clause)
                    KIND(except_group_clause) KIND(finally_clause) KIND(
                        with_statement) KIND(with_clause) KIND(with_item) KIND(as_pattern) KIND(as_pattern_target)
                        KIND(list) KIND(tuple) KIND(set) KIND(dictionary) KIND(pair) KIND(list_comprehension) KIND(set_comprehension) KIND(
                            dictionary_comprehension) KIND(for_in_clause) KIND(if_clause) KIND(expression_list)
                            KIND(pattern_list) KIND(tuple_pattern) KIND(list_pattern) KIND(parenthesized_expression) KIND(expression_statement) KIND(
                                return_statement) KIND(global_statement) KIND(nonlocal_statement) KIND(await) KIND(yield) KIND(exec_statement)
                                KIND(print_statement) KIND(block) KIND(type) KIND(integer) KIND(float) KIND(
                                    true) KIND(false) KIND(none) KIND(match_statement) KIND(break_statement)
                                    KIND(raise_statement) KIND(continue_statement) KIND(delete_statement) KIND(pass_statement) KIND(
                                        starred_expression) KIND(call_expression) KIND(new_expression) KIND(member_expression)
                                        KIND(subscript_expression) KIND(arguments) KIND(
                                            spread_element) KIND(template_string) KIND(template_substitution) KIND(string_fragment)
                                            KIND(escape_sequence) KIND(binary_expression) KIND(
                                                unary_expression) KIND(ternary_expression) KIND(assignment_expression)
                                                KIND(augmented_assignment_expression) KIND(update_expression) KIND(
                                                    sequence_expression) KIND(await_expression) KIND(yield_expression) KIND(arrow_function)
                                                    KIND(function_expression) KIND(function_declaration) KIND(generator_function) KIND(
                                                        generator_function_declaration) KIND(method_definition) KIND(class) KIND(class_declaration)
                                                        KIND(class_heritage) KIND(class_body) KIND(class_static_block) KIND(
                                                            field_definition) KIND(public_field_definition) KIND(formal_parameters)
                                                            KIND(assignment_pattern) KIND(object_assignment_pattern) KIND(rest_pattern) KIND(object_pattern) KIND(array_pattern) KIND(pair_pattern) KIND(shorthand_property_identifier_pattern) KIND(shorthand_property_identifier) KIND(property_identifier) KIND(private_property_identifier) KIND(computed_property_name) KIND(object) KIND(array) KIND(number) KIND(regex) KIND(regex_pattern) KIND(null) KIND(undefined) KIND(this) KIND(super) KIND(import) KIND(import_clause) KIND(named_imports) KIND(import_specifier) KIND(namespace_import) KIND(export_statement) KIND(import_attribute) KIND(import_require_clause) KIND(import_alias) KIND(lexical_declaration) KIND(variable_declaration) KIND(variable_declarator) KIND(statement_block) KIND(if) KIND(
                                                                for_in_statement) KIND(do_statement) KIND(switch_statement) KIND(catch_clause)
                                                                KIND(throw_statement) KIND(with) KIND(labeled_statement) KIND(hash_bang_line) KIND(html_comment) KIND(optional_chain) KIND(meta_property) KIND(as_expression) KIND(satisfies_expression) KIND(non_null_expression) KIND(type_assertion) KIND(type_annotation) KIND(
                                                                    required_parameter) KIND(optional_parameter) KIND(interface_declaration) KIND(type_alias_declaration) KIND(ambient_declaration) KIND(type_arguments) KIND(type_parameters) KIND(enum_declaration) KIND(instantiation_expression) KIND(statement_identifier)
                                                                    KIND(jsx_expression) KIND(command) KIND(command_name) KIND(word) KIND(raw_string) KIND(ansi_c_string) KIND(concatenation) KIND(
                                                                        simple_expansion) KIND(expansion) KIND(command_substitution) KIND(variable_name)
                                                                        KIND(variable_assignment) KIND(redirected_statement) KIND(file_redirect) KIND(
                                                                            subshell) KIND(pipeline) KIND(process_substitution) KIND(declaration_command)
                                                                            KIND(constant) KIND(scope_resolution) KIND(simple_symbol) KIND(
                                                                                hash_key_symbol) KIND(body_statement) KIND(heredoc_body)
                                                                                KIND(name) KIND(variable_name_php) KIND(
                                                                                    function_call_expression) KIND(member_call_expression)
                                                                                    KIND(scoped_call_expression) KIND(
                                                                                        object_creation_expression)
                                                                                        KIND(shell_command_expression) KIND(
                                                                                            encapsed_string)
                                                                                            KIND(string_value) KIND(
                                                                                                argument) KIND(include_expression)
                                                                                                KIND(include_once_expression) KIND(
                                                                                                    require_expression) KIND(require_once_expression) KIND(qualified_name) KIND(dynamic_variable_name) KIND(function_call) KIND(dot_index_expression) KIND(method_index_expression) KIND(bracket_index_expression) KIND(variable_list) KIND(assignment_statement) KIND(string_literal) KIND(interpreted_string_literal) KIND(raw_string_literal) KIND(interpreted_string_literal_content) KIND(raw_string_literal_content) KIND(import_spec) KIND(package_identifier) KIND(selector_expression) KIND(field_identifier) KIND(short_var_declaration) KIND(var_spec) KIND(blank_identifier) KIND(dot) KIND(type_conversion_expression) KIND(preproc_include) KIND(system_lib_string) KIND(gnu_asm_expression)
                                                                                                    KIND(attribute_specifier) KIND(field_expression) KIND(init_declarator) KIND(preproc_def) KIND(preproc_call) KIND(preproc_arg) KIND(call_expression_with_bareword) KIND(call_expression_with_spaced_args) KIND(call_expression_with_args_with_brackets) KIND(call_expression_recursive) KIND(method_invocation) KIND(
                                                                                                        backtick_quoted) KIND(command_qx_quoted)
                                                                                                        KIND(eval_statement) KIND(require_statement) KIND(
                                                                                                            use_no_statement) KIND(package_name)
                                                                                                            KIND(string_single_quoted) KIND(
                                                                                                                string_double_quoted)
                                                                                                                KIND(string_q_quoted) KIND(
                                                                                                                    string_qq_quoted)
                                                                                                                    KIND(
                                                                                                                        standard_input_to_identifier)
                                                                                                                        KIND(
                                                                                                                            scalar_variable)
                                                                                                                            KIND(
                                                                                                                                bareword)
