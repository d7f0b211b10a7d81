-- Callers who type their account or card number are found by it.
create index customer_by_account on customer ((fields ->> 'account')) where fields ->> 'account' is not null;
create index customer_by_card on customer ((fields ->> 'card')) where fields ->> 'card' is not null;
