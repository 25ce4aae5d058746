//! The products in which Deluge functions run: each has its own pool of Connections (facts 1.5), and its own way to the page
//! where they are made.
//!
//! That they have such a page is from Zoho's list (deluge/help/connections.html), but for Flow and Bookings.

/// A product with a page of Connections.
#[derive(Debug)]
pub struct Product {
    /// As `plan` writes it in JSON; the service's name in the built-in table where there is one.
    pub key: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What folders are called after it: lower case, `_` for blanks and dashes, without `zoho_`. What is also a common word
    /// is not here: such a folder has to say `zoho`.
    folders: &'static [&'static str],
    /// What to click; `None` where no documentation was found.
    pub way: Option<Way>,
}

/// The way to a product's page of Connections.
#[derive(Debug)]
pub struct Way {
    /// What to click.
    pub clicks: &'static str,
    /// The page that says so.
    pub source: &'static str,
}

const fn product(
    key: &'static str,
    title: &'static str,
    folders: &'static [&'static str],
    clicks: &'static str,
    source: &'static str,
) -> Product {
    Product { key, title, folders, way: Some(Way { clicks, source }) }
}

const fn unconfirmed(key: &'static str, title: &'static str, folders: &'static [&'static str]) -> Product {
    Product { key, title, folders, way: None }
}

const PRODUCTS: &[Product] = &[
    product(
        "books",
        "Zoho Books",
        &["books"],
        "Deluge editor > Connections (top right) > Go To Connections > +",
        "zoho.com/books/help/settings/connections.html",
    ),
    product(
        "creator",
        "Zoho Creator",
        &["creator"],
        "Microservices > Create New > Connections > Pick & Create",
        "help.zoho.com, Creator, \"Create and authorize connections\"",
    ),
    product(
        "crm",
        "Zoho CRM",
        &["crm"],
        "Setup > Developer Hub > Connections > Create Connection",
        "zoho.com/crm/developer/docs/connections",
    ),
    product(
        "desk",
        "Zoho Desk",
        &["desk"],
        "Setup > Developer Space > Connections > Create Connection",
        "Zoho Desk's page on leaving authtokens",
    ),
    product(
        "fsm",
        "Zoho FSM",
        &["fsm"],
        "Setup > Developer Space > Connections > Create Connection",
        "help.zoho.com, FSM, \"Connections\"",
    ),
    product(
        "inventory",
        "Zoho Inventory",
        &["inventory"],
        "Settings > Developer Data > Connections",
        "zoho.com/inventory/help/settings/connections.html",
    ),
    product(
        "invoice",
        "Zoho Invoice",
        &["invoice"],
        "Deluge editor > Connections (top right) > Go To Connections > +",
        "zoho.com/invoice/help/settings/connections.html",
    ),
    product(
        "people",
        "Zoho People",
        &["people"],
        "Settings > Developer Space > Connections > My Connections > Create Connection",
        "help.zoho.com, People, \"Connections\"",
    ),
    product(
        "salesiq",
        "Zoho SalesIQ",
        &["salesiq"],
        "Settings > Bot > Zobot > a bot on SalesIQ Scripts > Connections (bottom left) > Add Connection",
        "zoho.com/salesiq/help/developer-guides/bot-siq-scripts-connections-2.0.html",
    ),
    unconfirmed("bigin", "Bigin", &["bigin"]),
    unconfirmed("billing", "Zoho Billing", &["billing", "subscriptions"]),
    unconfirmed("bookings", "Zoho Bookings", &["bookings"]),
    unconfirmed("bugtracker", "Zoho BugTracker", &["bugtracker"]),
    unconfirmed("cliq", "Zoho Cliq", &["cliq"]),
    unconfirmed("connect", "Zoho Connect", &[]),
    unconfirmed("expense", "Zoho Expense", &["expense"]),
    unconfirmed("flow", "Zoho Flow", &[]),
    unconfirmed("forms", "Zoho Forms", &[]),
    unconfirmed("mail", "Zoho Mail", &[]),
    unconfirmed("payroll", "Zoho Payroll", &["payroll"]),
    unconfirmed("projects", "Zoho Projects", &[]),
    unconfirmed("recruit", "Zoho Recruit", &["recruit"]),
    unconfirmed("sheet", "Zoho Sheet", &[]),
    unconfirmed("sites", "Zoho Sites", &[]),
    unconfirmed("sprints", "Zoho Sprints", &["sprints"]),
    unconfirmed("survey", "Zoho Survey", &[]),
    unconfirmed("voice", "Zoho Voice", &[]),
    unconfirmed("writer", "Zoho Writer", &[]),
];

/// What may follow a product's name in that of a folder: `CRM functions`, `Zoho Flow Custom Functions`.
const AFTER: &[&str] = &["custom", "function", "functions", "script", "scripts", "deluge", "code"];

/// The product of this key.
pub fn product_of(key: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.key == key)
}

/// The product that a folder is called after: `desk`, `Zoho CRM`, `Zoho Flow Custom Functions`.
pub(super) fn of_folder(name: &str) -> Option<&'static Product> {
    let name = name.to_lowercase().replace([' ', '-', '.'], "_");
    let mut words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    let zoho = words.first() == Some(&"zoho");
    if zoho {
        words.remove(0);
    }
    while words.len() > 1 && words.last().is_some_and(|last| AFTER.contains(last)) {
        words.pop();
    }
    let [word] = words.as_slice() else { return None };
    // `zohocrm`, `zohoPeople`
    let (word, zoho) =
        word.strip_prefix("zoho").filter(|rest| !rest.is_empty()).map_or((*word, zoho), |rest| (rest, true));
    let called = |product: &&Product| product.folders.contains(&word) || (zoho && product.key == word);
    PRODUCTS.iter().find(called)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_tell_a_product_by_its_name() {
        for (folder, key) in [
            ("crm", "crm"),
            ("Zoho CRM", "crm"),
            ("zoho-books", "books"),
            ("CRM functions", "crm"),
            ("Zoho Flow Custom Functions", "flow"),
            ("ZohoPeople", "people"),
            ("subscriptions", "billing"),
        ] {
            assert_eq!(of_folder(folder).map(|product| product.key), Some(key), "{folder}");
        }
        // WorkDrive and Sign run no functions; the rest are common words, or name more than one product.
        for folder in [
            "workdrive",
            "Sign",
            "support",
            "mail",
            "forms",
            "flow",
            "projects",
            "functions",
            "CRM to Desk",
            "zoho",
            "",
        ] {
            assert!(of_folder(folder).is_none(), "{folder}");
        }
    }
}
