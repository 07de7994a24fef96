//! Rules of validation that apollo-compiler applies in part: a variable fits the place where it stands, also inside of lists and
//! input objects; two fields of one name have the same arguments, lists of other lengths included; and a subscription has one root
//! field.

use std::collections::{HashMap, HashSet};

use apollo_compiler::ast::{
    self, Argument, Definition, DirectiveList, InputValueDefinition, Type, Value, VariableDefinition,
};
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema, name};

use crate::kernel::read::{Variables, root_fields};

/// Whether each subscription has one root field, however often it is written.
pub fn subscriptions_have_one_field(document: &ExecutableDocument) -> bool {
    let mut subscriptions = document.operations.iter().filter(|operation| operation.is_subscription());
    subscriptions.all(|operation| root_fields(document, operation, &Variables::default()).len() == 1)
}

/// A variable in a place that it does not fit.
pub struct Misplaced {
    /// What is wrong, as a sentence.
    pub message: String,
    /// Where the variable stands.
    pub location: Option<SourceSpan>,
}

/// The variables of a document that do not fit where they stand.
pub fn misplaced_variables(schema: &Schema, document: &ExecutableDocument) -> Vec<Misplaced> {
    let mut found = Vec::new();
    for operation in document.operations.iter() {
        let mut search = Search { schema, document, operation, seen: HashSet::new(), found: &mut found };
        search.directives(&operation.directives);
        search.selections(&operation.selection_set);
    }
    found
}

struct Search<'a, 'd> {
    schema: &'d Schema,
    document: &'d ExecutableDocument,
    operation: &'d Operation,
    /// The fragments that this operation was seen to use: each is looked at once.
    seen: HashSet<&'d str>,
    found: &'a mut Vec<Misplaced>,
}

impl<'d> Search<'_, 'd> {
    fn selections(&mut self, set: &'d SelectionSet) {
        for selection in &set.selections {
            self.directives(selection.directives());
            match selection {
                Selection::Field(field) => {
                    self.arguments(&field.arguments, &field.definition.arguments);
                    self.selections(&field.selection_set);
                }
                Selection::InlineFragment(fragment) => self.selections(&fragment.selection_set),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                        && self.seen.insert(spread.fragment_name.as_str())
                    {
                        self.directives(&fragment.directives);
                        self.selections(&fragment.selection_set);
                    }
                }
            }
        }
    }

    fn directives(&mut self, directives: &'d DirectiveList) {
        for directive in directives {
            if let Some(definition) = self.schema.directive_definitions.get(&directive.name) {
                self.arguments(&directive.arguments, &definition.arguments);
            }
        }
    }

    fn arguments(&mut self, arguments: &'d [Node<Argument>], definitions: &'d [Node<InputValueDefinition>]) {
        for argument in arguments {
            if let Some(definition) = definitions.iter().find(|definition| definition.name == argument.name) {
                self.value(&argument.value, &definition.ty, definition.default_value.is_some());
            }
        }
    }

    fn value(&mut self, value: &'d Node<Value>, ty: &'d Type, has_default: bool) {
        match value.as_ref() {
            Value::Variable(name) => {
                let variable = self.operation.variables.iter().find(|variable| variable.name == *name);
                if let Some(variable) = variable.filter(|variable| !fits(variable, ty, has_default)) {
                    self.found.push(Misplaced {
                        message: format!(
                            "Variable `${name}` of type `{}` is used where `{ty}` is expected.",
                            variable.ty
                        ),
                        location: value.location(),
                    });
                }
            }
            Value::List(items) => {
                let item_type = if let Type::List(item) | Type::NonNullList(item) = ty { item.as_ref() } else { ty };
                items.iter().for_each(|item| self.value(item, item_type, false));
            }
            Value::Object(fields) => {
                let Some(ExtendedType::InputObject(input)) = self.schema.types.get(ty.inner_named_type()) else {
                    return;
                };
                for (name, value) in fields {
                    if let Some(field) = input.fields.get(name) {
                        self.value(value, &field.ty, field.default_value.is_some());
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a variable may stand where a type is expected, by the rule "All Variable Usages Are Allowed".
fn fits(variable: &VariableDefinition, expected: &Type, has_default: bool) -> bool {
    let has_value = variable.default_value.as_ref().is_some_and(|value| !value.is_null());
    if expected.is_non_null() && !variable.ty.is_non_null() {
        return (has_value || has_default) && is_subtype(&variable.ty, &expected.clone().nullable());
    }
    is_subtype(&variable.ty, expected)
}

/// Whether each value of a type is one of another type.
fn is_subtype(ty: &Type, of: &Type) -> bool {
    match (ty, of) {
        (Type::NonNullNamed(name), Type::NonNullNamed(other) | Type::Named(other))
        | (Type::Named(name), Type::Named(other)) => name == other,
        (Type::NonNullList(item), Type::NonNullList(other) | Type::List(other))
        | (Type::List(item), Type::List(other)) => is_subtype(item, other),
        _ => false,
    }
}

/// The name of the enum value that marks the end of a list.
const END_OF_LIST: Name = name!("END_OF_LIST");

/// The same document with a mark at the end of each list, if lists of different lengths may conflict in it.
///
/// apollo-compiler compares the lists of two fields item by item, to the end of the shorter one. With marks, no list is the
/// beginning of another, so all conflicts are found. Other errors of the marked document mean nothing.
pub fn with_marked_lists(document: &ast::Document) -> Option<ast::Document> {
    let mut lists: HashMap<&Name, usize> = HashMap::new();
    for definition in &document.definitions {
        let set = match definition {
            Definition::OperationDefinition(operation) => &operation.selection_set,
            Definition::FragmentDefinition(fragment) => &fragment.selection_set,
            _ => continue,
        };
        count_lists(set, &mut lists);
    }
    if lists.values().all(|fields| *fields < 2) {
        return None;
    }
    let mut marked = document.clone();
    for definition in &mut marked.definitions {
        match definition {
            Definition::OperationDefinition(operation) => mark(&mut operation.make_mut().selection_set),
            Definition::FragmentDefinition(fragment) => mark(&mut fragment.make_mut().selection_set),
            _ => {}
        }
    }
    Some(marked)
}

/// Counts the fields whose arguments have lists, by their response keys.
fn count_lists<'d>(set: &'d [ast::Selection], lists: &mut HashMap<&'d Name, usize>) {
    for selection in set {
        match selection {
            ast::Selection::Field(field) => {
                if field.arguments.iter().any(|argument| has_list(&argument.value)) {
                    *lists.entry(field.alias.as_ref().unwrap_or(&field.name)).or_default() += 1;
                }
                count_lists(&field.selection_set, lists);
            }
            ast::Selection::InlineFragment(fragment) => count_lists(&fragment.selection_set, lists),
            ast::Selection::FragmentSpread(_) => {}
        }
    }
}

fn has_list(value: &Value) -> bool {
    match value {
        Value::List(_) => true,
        Value::Object(fields) => fields.iter().any(|(_, value)| has_list(value)),
        _ => false,
    }
}

fn mark(set: &mut [ast::Selection]) {
    for selection in set {
        match selection {
            ast::Selection::Field(field) => {
                let field = field.make_mut();
                field.arguments.iter_mut().for_each(|argument| mark_value(argument.make_mut().value.make_mut()));
                mark(&mut field.selection_set);
            }
            ast::Selection::InlineFragment(fragment) => mark(&mut fragment.make_mut().selection_set),
            ast::Selection::FragmentSpread(_) => {}
        }
    }
}

fn mark_value(value: &mut Value) {
    match value {
        Value::List(items) => {
            items.iter_mut().for_each(|item| mark_value(item.make_mut()));
            items.push(Value::Enum(END_OF_LIST).into());
        }
        Value::Object(fields) => fields.iter_mut().for_each(|(_, value)| mark_value(value.make_mut())),
        _ => {}
    }
}
