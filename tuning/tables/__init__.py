"""What predicts the target of your own table? Search a dense net and its rivals, and compare.

Run:   python -m tuning my.csv --target outcome
Codes: python -m tuning my.csv --target outcome --categories zip --drop id --group patient
Go on: python -m tuning my.csv --resume runs/tuning-my/RUN-ID
Then:  python -m labs.predict runs/tuning-my/RUN-ID new.csv > answers.csv

Test rows are set aside before anything else is looked at, classes in proportion, groups on one
side. The search's rows tell which columns are numbers and which are categories (printed), what
fills their gaps (the median and a mark; a category of its own) and which categories are rare;
numbers are standardized by each fold's training part. A dense Keras net, scikit-learn's multilayer
perceptron, a linear model and gradient boosting are searched with equal numbers of trials; the
majority class, or the mean, needs no search. The best of each is trained again and compared on the
test rows, with intervals. The saved net takes raw columns.
"""
